/**
 * `npm run dev`: from a fresh clone to a running shop in one command. It can be stopped and started again without
 * losing anything, and when it ends, for whatever reason, none of its processes is left (`local-server.ts`).
 */
import { join, relative, resolve } from "node:path";
import { runCommand } from "./command.ts";
import { loadDevVars } from "./dev-vars.ts";
import { PROJECT_DIR, ServerError, startServer } from "./local-server.ts";
import { parseOptions } from "./options.ts";
import { FIRST_SKU, seedWhenEmpty } from "./seed.ts";
import { mailIn, ShownMails } from "./shown-mail.ts";
import { shutdownSignal } from "./shutdown-signal.ts";

const HELP = `npm run dev

Starts Holdfast on this machine, with the sandbox payment provider and, at the first start, a demo catalogue.

Environment:
  PORT         port to listen on (default 8787)
  STATE_DIR    directory of stock, checkouts and orders (default .wrangler/state)
  ADMIN_TOKEN  the admin token (default: the one in .dev.vars, which is made at the first start)
  RATE_LIMITS  on or off (default: as in .dev.vars, which says off)

Mail to shoppers is not sent: it is printed, and kept in STATE_DIR/mail.

Ctrl-C stops the server. The next start goes on with the same state; delete STATE_DIR to start afresh.`;

const DEFAULT_PORT = 8787;
const DEFAULT_STATE_DIR = ".wrangler/state";

function portFrom(text: string | undefined): number {
	if (!text) return DEFAULT_PORT;
	const port = Number(text);
	if (/^\d+$/.test(text) && port >= 1 && port <= 65_535) return port;
	throw new ServerError(`PORT must be a whole number from 1 to 65535, not "${text}".`);
}

/**
 * Shell commands that sh, bash and zsh take alike. Comments are left out: zsh does not take them when they are pasted.
 */
function firstPurchase(url: string): string {
	const json = '-H "Content-Type: application/json" -d';
	const order = `{"lines":[{"sku":"${FIRST_SKU}","quantity":1}],"email":"you@example.com"}`;
	const headers = '-H "Authorization: Bearer $TOKEN" -H "Idempotency-Key: first-$(date +%s)"';
	const payment = `$(echo "$CHECKOUT" | grep -o '/sandbox/payments/[^"]*')`;
	return [
		`TOKEN=$(curl -s -X POST ${url}/v1/shoppers | grep -o 'eyJ[^"]*')`,
		`CHECKOUT=$(curl -s ${url}/v1/checkouts ${headers} ${json} '${order}'); echo "$CHECKOUT"`,
		`curl -s ${url}${payment}/confirm ${json} '{"outcome":"approve"}'; echo`,
	].join("\n");
}

runCommand("dev", async () => {
	if (parseOptions({}, process.argv.slice(2)) === null) {
		console.log(HELP);
		return 0;
	}
	const port = portFrom(process.env["PORT"]);
	const stateDir = resolve(PROJECT_DIR, process.env["STATE_DIR"] || DEFAULT_STATE_DIR);
	const shutdown = shutdownSignal();

	const { env, added } = loadDevVars(join(PROJECT_DIR, ".dev.vars"), process.env);
	if (added.length > 0) console.log(`Added to .dev.vars: ${added.join(", ")}`);

	console.log("Starting…");
	let quiet = true; // the output of a start is printed only when the start fails
	const mails = new ShownMails(join(stateDir, "mail"));
	const server = await startServer({
		port,
		stateDir,
		env,
		signal: shutdown,
		onLine: (line) => {
			const mail = mailIn(line);
			if (mail !== null) console.log(mails.show(mail));
			else if (!quiet) console.log(line);
		},
	}).catch((error: unknown) => {
		if (shutdown.aborted) process.exit(0);
		throw error;
	});
	const stop = () => void server.stop();
	shutdown.addEventListener("abort", stop);
	if (shutdown.aborted) stop();

	const url = `http://localhost:${port}`;
	const seeded = await seedWhenEmpty(server.origin, env.ADMIN_TOKEN, url).catch(async (error: unknown) => {
		if (shutdown.aborted) return 0;
		await server.stop();
		throw new ServerError(`The demo catalogue could not be added: ${(error as Error).message}`);
	});

	if (!shutdown.aborted) {
		console.log(`
Holdfast is running at ${url}
  shop           ${url}/
  admin page     ${url}/admin
  API reference  ${url}/docs
  admin token    ${env.ADMIN_TOKEN}
  state          ${relative(process.cwd(), stateDir) || "."}${seeded > 0 ? ` (new, with ${seeded} demo products)` : ""}

Open the shop in two browsers to see who gets the last unit, and the admin page beside them. To buy by the API instead,
paste these three lines into another terminal. They get a shopper token, open a checkout and approve its payment:

${firstPurchase(url)}

Ctrl-C stops the server and keeps its state.
`);
		quiet = false;
	}

	const end = await server.ended;
	if (shutdown.aborted) {
		console.log("Stopped.");
		return 0;
	}
	const how = end.signal ? `by ${end.signal}` : `with exit code ${end.code}`;
	throw new ServerError([`The server ended by itself (${how}). Its last output:`, ...end.lastLines].join("\n"));
});
