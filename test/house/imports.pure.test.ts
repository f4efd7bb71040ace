/** The directions of imports, as they are and as they must not become. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { complaints, type Sources } from "./rules.ts";

const SRC = fileURLToPath(new URL("../../src", import.meta.url).href);

/** Every TypeScript file of the house; the types that wrangler makes are nobody's. */
function sources(): Map<string, string> {
	const paths = readdirSync(SRC, { recursive: true, encoding: "utf8" }).map((path) => path.replaceAll("\\", "/"));
	const ours = paths.filter((path) => path.endsWith(".ts") && !path.endsWith(".d.ts"));
	return new Map(ours.map((path) => [path, readFileSync(join(SRC, path), "utf8")]));
}

const HOUSE: Sources = sources();
/** What the house would be blamed for with `text` added to one of its files. */
const withMore = (path: string, text: string) =>
	complaints(new Map(HOUSE).set(path, `${text}\n${HOUSE.get(path) ?? ""}`));

describe("the house", () => {
	it("is read whole", () => {
		for (const path of ["worker.ts", "stock/ledger.ts", "checkout/saga.ts", "http/schemas.ts", "tools/dev.ts"]) {
			expect(HOUSE.has(path), path).toBe(true);
		}
	});

	it("imports one way: worker → app → http → checkout → stock, payments, orders, catalog → platform", () => {
		expect(complaints(HOUSE)).toEqual([]);
	});
});

describe("somebody who breaks the rules is told", () => {
	it.each([
		["platform/id.ts", 'import { post } from "../stock/posting.ts";', "upwards"],
		["platform/id.ts", 'import type { Policy } from "../stock/books.ts";', "upwards"],
		["stock/turn.ts", 'import { problem } from "../http/problems.ts";', "upwards"],
		["stock/turn.ts", 'import {\n\ttype Line,\n\topen,\n} from "../checkout/saga.ts";', "upwards"],
		["stock/turn.ts", 'export * from "../checkout/saga.ts";', "upwards"],
		["stock/turn.ts", 'import "../app.ts";', "upwards"],
		["stock/turn.ts", 'const late = await import("../app.ts");', "upwards"],
		["checkout/record.ts", 'import { app } from "../app.ts";', "upwards"],
		["http/views.ts", 'import worker from "../worker.ts";', "upwards"],
		["stock/turn.ts", 'import { findProduct } from "../catalog/store.ts";', "one level"],
		["stock/turn.ts", 'import { type Product, now } from "../catalog/product.ts";', "one level"],
		["orders/store.ts", 'import type { Gateway } from "../payments/gateway.ts";', "one level"],
		["stock/turn.ts", 'import { callSku } from "../objects.ts";', "does not call objects"],
		["orders/consumer.ts", 'import type { Remote } from "../objects.ts";', "does not call objects"],
		["objects.ts", 'import { SkuObject } from "./stock/sku.ts";', "no more than their type"],
		["limits.ts", 'import { assert } from "./platform/assert.ts";', "upwards"],
		["attic/old.ts", 'import { assert } from "../platform/assert.ts";', "stands in no room"],
		["tools/seed.ts", 'import { newId } from "../platform/id.ts";', "tools know nothing"],
		["tools/drop/buyer.ts", 'import type { Policy } from "../../stock/books.ts";', "tools know nothing"],
	])("%s: %s", (path, text, complaint) => {
		expect(withMore(path, text)).toEqual([expect.stringContaining(complaint)]);
	});

	it.each([
		["stock/ledger.ts", 'import { newId } from "../platform/id.ts";', "leans on pure ones only"],
		["stock/posting.ts", 'import { Turn } from "./turn.ts";', "leans on pure ones only"],
		["checkout/saga.ts", 'import { perform } from "./effects.ts";', "leans on pure ones only"],
		["stock/books.ts", 'import { z } from "zod";', "needs no package"],
		["stock/ledger.ts", "const nowMs = Date.now();", "names Date"],
		["stock/ledger.ts", "const at = new Date();", "names Date"],
		["stock/posting.ts", "const luck = Math.random();", "names Math.random"],
		["stock/books.ts", "const id = crypto.randomUUID();", "names crypto"],
		["checkout/saga.ts", "console.log(1);", "names console"],
		["checkout/state.ts", "async function later() {}", "names async"],
		["checkout/saga.ts", "declare const sql: SqlStorage;", "names SqlStorage"],
	])("pure %s: %s", (path, text, complaint) => {
		expect(withMore(path, text)).toEqual([expect.stringContaining(complaint)]);
	});

	it.each([
		["stock/turn.ts", 'import { DurableObject } from "cloudflare:workers";', "only the objects"],
		["orders/store.ts", 'import { env } from "cloudflare:workers";', "only the objects"],
		["checkout/effects.ts", 'import { z } from "zod";', "only http/"],
		["stock/answers.ts", 'import type { z } from "@hono/zod-openapi";', "only http/"],
		["app.ts", 'import { z } from "@hono/zod-openapi";', "only http/"],
		["orders/store.ts", 'import { Hono } from "hono/tiny";', "only http/"],
		["checkout/effects.ts", 'import Stripe from "stripe";', "only payments/"],
		["stock/sku.ts", 'import { uuidv7 } from "uuidv7";', "platform/id.ts"],
		["stock/sku.ts", 'import leftPad from "left-pad";', "no rule knows"],
		["checkout/record.ts", "declare const db: D1Database;", "know D1"],
		["orders/consumer.ts", 'db.prepare("SELECT 1");', "only stores speak to D1"],
	])("%s: %s", (path, text, complaint) => {
		expect(withMore(path, text)).toEqual([expect.stringContaining(complaint)]);
	});

	it("not for what only a comment or a text says", () => {
		expect(withMore("stock/ledger.ts", '/** Date.now() is not here */\n// import "../app.ts"')).toEqual([]);
		expect(withMore("stock/turn.ts", 'const home = "https://shop.example/"; // D1Database')).toEqual([]);
	});

	it("of an exception that is needed no longer", () => {
		const product = HOUSE.get("catalog/product.ts") ?? "";
		const without = new Map(HOUSE).set("catalog/product.ts", product.replace(/^import type .*stock\/books.*$/m, ""));
		expect(complaints(without)).toEqual(["catalog/product.ts → stock/books.ts: an exception that nobody needs"]);
	});
});
