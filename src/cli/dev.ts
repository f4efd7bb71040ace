/**
 * `npm run dev`: from a fresh clone to a running shop in one command.
 *
 * What it keeps true: it can be stopped and started again without losing anything, and when it ends, nothing of it
 * goes on, whoever ended it. Not here: how a server starts and stops (`server.ts`), its secrets (`secrets.ts`), the demo
 * catalogue (`seed.ts`).
 */
import { join, relative, resolve } from "node:path";
import { runCommand } from "./command.ts";
import { loadDevVars } from "./dev-vars.ts";
import { HttpClient } from "./http.ts";
import { PROJECT_DIR, ServerError, startServer } from "./local-server.ts";
import { parseOptions } from "./options.ts";
import { FIRST_SKU, seedWhenEmpty } from "./seed.ts";
import { shutdownSignal } from "./shutdown-signal.ts";

const HELP = `npm run dev: starts Holdfast on this machine, with a demo catalogue and the sandbox payment provider.

Environment:
  PORT         port to listen on (default 8787)
  STATE_DIR    where stock, checkouts and orders are kept between runs (default .wrangler/state)
  ADMIN_TOKEN  the admin token, instead of the one in .dev.vars

Ctrl-C stops it; the next start goes on with the same data. To start afresh, delete STATE_DIR.`;

const DEFAULT_PORT = 8787;
const DEFAULT_STATE_DIR = ".wrangler/state";

function portFrom(text: string | undefined): number {
	if (!text) return DEFAULT_PORT;
	const port = Number(text);
	if (/^\d+$/.test(text) && port >= 1 && port <= 65_535) return port;
	throw new ServerError(`PORT must be a whole number from 1 to 65535, and is "${text}".`);
}

function firstPurchase(url: string): string {
	const json = `-H "Content-Type: application/json"`;
	const order = `{"lines":[{"sku":"${FIRST_SKU}","quantity":1}],"email":"you@example.com"}`;
	const paymentId = `$(echo "$CHECKOUT" | sed -E 's/.*"payment":\\{[^}]*"id":"([^"]+)".*/\\1/')`;
	return [
		`TOKEN=$(curl -s -X POST ${url}/v1/shoppers | sed -E 's/.*"token":"([^"]+)".*/\\1/')`,
		`CHECKOUT=$(curl -s ${url}/v1/checkouts -H "Authorization: Bearer $TOKEN" -H "Idempotency-Key: first-$(date +%s)" ${json} -d '${order}'); echo "$CHECKOUT"`,
		`curl -s ${url}/sandbox/payments/${paymentId}/confirm ${json} -d '{"outcome":"approve"}'`,
	].join("\n");
}

runCommand("dev", async () => {
	if (parseOptions({}, process.argv.slice(2)) === null) {
		console.log(HELP);
		return 0;
	}
	const port = portFrom(process.env["PORT"]);
	const stateDir = resolve(PROJECT_DIR, process.env["STATE_DIR"] || DEFAULT_STATE_DIR);
	const ended = shutdownSignal();

	const { env, added } = loadDevVars(join(PROJECT_DIR, ".dev.vars"), process.env);
	if (added.length > 0) console.log(`Added to .dev.vars: ${added.join(", ")}`);

	console.log("Starting…");
	let quiet = true; // wrangler's own start is told only when it fails
	const server = await startServer({
		port,
		stateDir,
		env,
		signal: ended,
		onLine: (line) => {
			if (!quiet) console.log(line);
		},
	}).catch((error: unknown) => {
		if (ended.aborted) process.exit(0);
		throw error;
	});
	const stop = () => void server.stop();
	ended.addEventListener("abort", stop);
	if (ended.aborted) stop();

	const client = new HttpClient(server.origin, 1);
	const seeded = await seedWhenEmpty(client, env.ADMIN_TOKEN).catch(async (error: unknown) => {
		if (ended.aborted) return 0;
		await server.stop();
		throw new ServerError(`The demo catalogue could not be added: ${(error as Error).message}`);
	});
	client.close();

	if (!ended.aborted) {
		const url = `http://localhost:${port}`;
		console.log(`
Holdfast is running at ${url}    API: ${url}/docs
Admin token: ${env.ADMIN_TOKEN}
State: ${relative(process.cwd(), stateDir) || "."}${seeded > 0 ? ` (new, with ${seeded} demo products)` : ""}
Stop with Ctrl-C.

A first purchase, to paste into another terminal:

${firstPurchase(url)}
`);
		quiet = false;
	}

	const end = await server.ended;
	if (ended.aborted) {
		console.log("Stopped.");
		return 0;
	}
	const how = end.signal ? `by ${end.signal}` : `with exit code ${end.code}`;
	throw new ServerError([`The server ended by itself (${how}). Its last output:`, ...end.lastLines].join("\n"));
});
