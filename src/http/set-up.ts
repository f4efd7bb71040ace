/**
 * Whether this deployment is set up: a page is worth nothing without its secret and the tables of D1, so its first visitor
 * is told what to run instead.
 */
import type { Context } from "hono";
import { requireTable } from "../catalog/product-store.ts";
import { DATABASE_PATIENCE_MS } from "../limits.ts";
import { withTimeout } from "../platform/timeout.ts";
import type { AppEnv } from "./context.ts";
import { isSecret } from "./middleware/auth.ts";
import { accessIsConfigured } from "./middleware/cloudflare-access.ts";
import { isWithoutTables, Problem, withoutTables } from "./problems.ts";

/** @throws Problem `not-configured`, which says what to run */
export async function requireSetUp(c: Context<AppEnv>, who: "shopper" | "merchant"): Promise<void> {
	const { env } = c;
	if (who === "shopper") requireOnPage(env.SHOPPER_TOKEN_SECRET, "SHOPPER_TOKEN_SECRET");
	else if (!accessIsConfigured(env)) requireOnPage(env.ADMIN_TOKEN, "ADMIN_TOKEN");
	const { memory } = c.var;
	if (memory.hasTables || memory.products.isResting(Date.now())) return;
	try {
		await withTimeout(requireTable(env.DB), DATABASE_PATIENCE_MS, () => new Error("D1 did not answer in time"));
		memory.hasTables = true;
	} catch (error) {
		if (isWithoutTables(error)) throw withoutTables();
		// D1 is away for a moment: the page shows what is remembered, and says so by itself.
		memory.products.noteFailure(Date.now());
	}
}

function requireOnPage(secret: string | undefined, name: string): void {
	if (isSecret(secret)) return;
	throw new Problem(
		"not-configured",
		`The secret ${name} is not set, or is too short. Run \`npx wrangler secret put ${name}\`. On a laptop, start the ` +
			"shop by `npm run dev`, which makes one.",
	);
}
