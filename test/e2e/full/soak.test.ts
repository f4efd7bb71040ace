/**
 * `npm run soak` as its user meets it, for seconds: it passes Holdfast, counts everybody, and leaves nothing behind; and
 * it fails when something is left open. What grows over minutes is judged in `cli/soak/rules.pure.test.ts`.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type OwnServer, startFreshServer } from "../../../src/cli/fresh-server.ts";
import { parseSoakOptions } from "../../../src/cli/soak/options.ts";
import { playSoak } from "../../../src/cli/soak/play.ts";
import { runCli } from "../command.ts";
import { parseXml } from "../xml.ts";

const SECONDS = ["--minutes", "0.25", "--shoppers", "240"];
const SHOPPERS = 60;
/** A soak waits for payments that are late, for the provider's trouble to pass, and for objects to be put away. */
const PATIENCE_MS = 300_000;

let results: string;
beforeAll(() => {
	results = mkdtempSync(join(tmpdir(), "holdfast-soak-results-"));
});
afterAll(() => rmSync(results, { recursive: true, force: true }));

const soak = (args: readonly string[], onErr?: (err: string, pid: number) => void) =>
	runCli("soak", args, onErr === undefined ? {} : { onErr });

test(
	"a soak passes Holdfast, accounts for everybody, and leaves neither an open file nor a file behind",
	async () => {
		const json = join(results, "soak.json");
		const run = await soak([...SECONDS, "--seed", "5", "--json", json, "--picture", results]);
		expect(run, run.err + run.out).toMatchObject({ code: 0 });
		const { stalls, end, findings, samples, ok } = JSON.parse(readFileSync(json, "utf8"));
		expect(ok).toBe(true);
		const ends = stalls.flatMap(({ became }: { became: Record<string, number> }) => Object.values(became));
		expect(ends.reduce((sum: number, count: number) => sum + count, 0)).toBe(SHOPPERS);
		const orders = stalls.reduce((sum: number, { ordersInD1 }: { ordersInD1: number }) => sum + ordersInD1, 0);
		expect(orders).toBeGreaterThan(0);
		expect(end.receiver.taken).toMatchObject({ "order.created": orders, "checkout.completed": orders });
		expect(end.watchers.live).toBeGreaterThan(0);
		expect(end.deliveries).toBeGreaterThan(1);
		const busiest = Math.max(...samples.map(({ objectFiles }: { objectFiles: number }) => objectFiles));
		expect(busiest).toBeGreaterThan(10);
		expect(samples.at(-1)).toMatchObject({ objectFiles: 0, alarms: 0, overdueMs: 0, shoppers: SHOPPERS });
		expect(findings.problems).toEqual([]);
		expect(run.out).toMatch(/^shoppers +60$/m);
		expect(run.out).toContain("? What grew is not judged");
		expect(run.out).toContain("✓ the books agree, and nothing was left open");
		for (const look of ["light", "dark"]) {
			expect(parseXml(readFileSync(join(results, `soak-${look}.svg`), "utf8")).name).toBe("svg");
		}
	},
	PATIENCE_MS,
);

test(
	"a soak fails a shop where somebody's sockets are never closed",
	async () => {
		const abort = new AbortController();
		const server = await startFreshServer("soak-test", abort.signal, { rateLimits: false });
		const left: WebSocket[] = [];
		const leak = ({ url }: OwnServer) => {
			for (let count = 0; count < 40; count++) {
				left.push(new WebSocket(`${url.replace("http", "ws")}/v1/products/soak-plenty/live`, ["holdfast"]));
			}
		};
		try {
			const options = parseSoakOptions(["--minutes", "0.1", "--shoppers", "100"]);
			if (options === null) throw new Error("no help was asked for");
			const { verdict } = await playSoak(options, server, { begin: leak });
			expect(verdict.ok).toBe(false);
			expect(verdict.problems).toContainEqual(expect.stringMatching(/^open sockets: \d+ when all was quiet/));
		} finally {
			for (const socket of left) socket.close();
			await server.close();
		}
	},
	PATIENCE_MS,
);

test("a soak that is stopped in the middle removes its server and its state", async () => {
	const stopped = await soak(["--minutes", "5"], (err, pid) => {
		if (err.includes("tokens")) process.kill(pid, "SIGINT");
	});
	expect(stopped.code).toBe(1);
	expect(stopped.err).toContain("stopped before the end");
});

describe.concurrent("the options of a soak", () => {
	test.each([
		[["--minutes", "0"], /--minutes must be a number from 0.1 to 600/],
		[["--shoppers", "many"], /--shoppers must be a whole number from 10/],
		[["--url", "http://localhost:8787"], /There is no option --url/],
		[["--json", "/nowhere/at/all.json"], /--json must be a file in a folder that exists and is yours/],
	])("refuse %j in plain words", async (args, words) => {
		const run = await soak(args);
		expect(run.code).toBe(2);
		expect(run.err).toMatch(words);
		expect(run.err).not.toMatch(/\n +at /);
	});

	test("are explained by --help", async () => {
		const run = await soak(["--help"]);
		expect(run.code).toBe(0);
		expect(run.out).toMatch(/--minutes N .*default 10/);
	});
});
