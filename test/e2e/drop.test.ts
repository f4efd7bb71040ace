/**
 * `npm run drop` as its user meets it: against the real Worker it passes and leaves nothing behind; against shops that lie
 * it fails and names the lie.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { TestServer } from "../support/server.ts";
import { type Lie, pretendShop } from "./pretend-shop.ts";
import { processes } from "./processes.ts";

interface Run {
	readonly code: number | null;
	readonly out: string;
	readonly err: string;
}

let tmp: string;
beforeAll(() => {
	tmp = mkdtempSync(join(tmpdir(), "holdfast-drop-test-"));
});
afterAll(() => rmSync(tmp, { recursive: true, force: true }));

function drop(
	args: readonly string[],
	env: NodeJS.ProcessEnv = {},
	onErr?: (text: string, pid: number) => void,
): Promise<Run> {
	const command = join(import.meta.dirname, "../../src/cli/drop.ts");
	const child = spawn(process.execPath, [command, ...args], {
		env: { ...process.env, ADMIN_TOKEN: undefined, TMPDIR: tmp, ...env },
		stdio: ["ignore", "pipe", "pipe"],
	});
	let out = "";
	let err = "";
	child.stdout.on("data", (chunk: Buffer) => {
		out += chunk;
	});
	child.stderr.on("data", (chunk: Buffer) => {
		err += chunk;
		onErr?.(err, child.pid ?? 0);
	});
	return new Promise((done) => child.on("close", (code) => done({ code, out, err })));
}

function expectNothingLeft(): void {
	// Node's own cache of compiled modules goes to the temporary directory too, for whoever comes next.
	expect(readdirSync(tmp).filter((name) => name !== "node-compile-cache")).toEqual([]);
	expect(processes().filter(({ args }) => args.includes(tmp))).toEqual([]);
}

async function dropAgainst(lie: Lie | null, more: readonly string[] = []): Promise<Run> {
	const shop = await pretendShop(lie);
	try {
		const size = ["--buyers", "200", "--stock", "40", "--hold-seconds", "3", "--spread-seconds", "0.2"];
		return await drop([...size, "--patience-seconds", "3", ...more, "--url", shop.url], { ADMIN_TOKEN: "any" });
	} finally {
		await shop.close();
	}
}

describe("against the real Worker, on a server of its own", () => {
	test("sells all there is and no more, accounts for everybody, and leaves nothing behind", async () => {
		const json = join(tmp, "result.json");
		const size = ["--buyers", "300", "--stock", "20", "--hold-seconds", "5", "--spread-seconds", "0.5", "--seed", "7"];
		const run = await drop([...size, "--json", json]);
		expect(run, run.err + run.out).toMatchObject({ code: 0 });
		const result = JSON.parse(readFileSync(json, "utf8"));
		expect(result).toMatchObject({ asked: 300, oversold: 0, lost: 0, hanging: 0, failed: 0, balanced: true, ok: true });
		expect(result.held + result.refused).toBe(300);
		expect(result.sold).toBe(result.paid);
		expect(result.ordersInD1).toBe(result.sold);
		expect(run.out).toMatch(/^balanced +true$/m);
		rmSync(json);
		expectNothingLeft();
	});

	test("never loses the sale, and settles all money, whatever shoppers and the provider do", async () => {
		const json = join(tmp, "result.json");
		const size = ["--buyers", "150", "--stock", "20", "--hold-seconds", "4", "--spread-seconds", "0.5", "--seed", "3"];
		const lost = ["--waitlist", "--preorder", "12", "--restock", "6@1", "--restock", "8@6", "--abandon-rate", "0.1"];
		const money = ["--late-rate", "0.3", "--decline-rate", "0.2", "--webhook-chaos", "--payment-window-seconds", "4"];
		const run = await drop([...size, ...lost, ...money, "--json", json]);
		expect(run, run.err + run.out).toMatchObject({ code: 0 });
		const result = JSON.parse(readFileSync(json, "utf8"));
		expect(result).toMatchObject({ asked: 150, oversold: 0, lost: 0, hanging: 0, unaccounted: 0, ok: true });
		const ends = Object.values<number>(result.became);
		expect(ends.reduce((sum, count) => sum + count)).toBe(150);
		expect(result.became["promoted, then bought"]).toBeGreaterThan(0);
		expect(result.became["pre-ordered, filled"]).toBeGreaterThan(0);
		expect(result.money).toMatchObject({ difference: 0, worth: result.ordersInD1 * 1999 });
		expect(result.money.voided).toBeGreaterThan(0);
		rmSync(json);
		expectNothingLeft();
	});

	test("stopped in the middle, it takes its server and state with it", async () => {
		const stopped = await drop(["--buyers", "5000"], {}, (err, pid) => {
			if (err.includes("tokens")) process.kill(pid, "SIGINT");
		});
		expect(stopped.code).not.toBe(0);
		expect(stopped.err).toContain("stopped before the end");
		expectNothingLeft();
	});
});

test("the whole server is killed in the middle of a drop and started again: nothing is lost, doubled or left hanging", async () => {
	const server = await TestServer.start();
	try {
		const size = ["--buyers", "600", "--stock", "50", "--hold-seconds", "8", "--spread-seconds", "1.5"];
		let back: Promise<void> | null = null;
		const run = await drop([...size, "--url", server.origin], { ADMIN_TOKEN: server.env.ADMIN_TOKEN }, (err) => {
			// In the thick of it: some have paid, many have yet to come.
			if (/paid [1-9]/.test(err)) back ??= server.kill().then(() => server.restart());
		});
		await back;
		expect(back).not.toBeNull();
		expect(run.code, run.err + run.out).toBe(0);
		expect(run.out).toMatch(/^replies lost +[1-9]/m);
	} finally {
		await server.end();
	}
});

describe.concurrent("against a pretended shop", () => {
	test("an honest one passes", async () => {
		expect(await dropAgainst(null)).toMatchObject({ code: 0 });
	});

	test("lost replies are found out by asking, not by buying twice", async () => {
		const run = await dropAgainst("drops-replies");
		expect(run.code, run.out).toBe(0);
		expect(run.out).toMatch(/^replies lost +[1-9]/m);
	});

	test.each<[Lie, RegExp]>([
		["oversells", /5 units were sold or held beyond the 40/],
		["loses-paid", /buyers lost what they held or paid for: a paid checkout ended as refunded/],
		["loses-orders", /D1 has orders for \d+ units/],
		["breaks", /buyers were answered wrongly: the reservation was answered 500/],
		["keeps-holds", /units are still held after every hold's time/],
		["sits-on-stock", /only 20 buyers held a unit, of 40/],
	])("one that %s fails, and is told why", async (lie, complaint) => {
		const run = await dropAgainst(lie);
		expect(run.code).toBe(1);
		expect(run.out).toMatch(complaint);
	});

	const everything = ["--waitlist", "--preorder", "10", "--restock", "15@1", "--decline-rate", "0.2"];
	const sooner = ["--abandon-rate", "0.1", "--payment-window-seconds", "3"];

	test("an honest one with a line and pre-orders passes", async () => {
		const run = await dropAgainst(null, [...everything, ...sooner]);
		expect(run.code, run.out).toBe(0);
		expect(run.out).toMatch(/^promoted, then bought +[1-9]/m);
		expect(run.out).toMatch(/^pre-ordered, filled +[1-9]/m);
	});

	test.each<[Lie, RegExp]>([
		["serves-backwards", /promoted: it was not first in line/],
		["fills-twice", /preorder-filled: it was not owed/],
		["keeps-money", /the provider kept \d+00 more than shoppers have for it/],
		["keeps-quiet", /left hanging: a paid checkout is still expired/],
	])("one with a line and pre-orders that %s fails, and is told why", async (lie, complaint) => {
		const run = await dropAgainst(lie, [...everything, ...sooner]);
		expect(run.code).toBe(1);
		expect(run.out).toMatch(complaint);
	});
});

describe("flags", () => {
	test.each([
		[["--byers", "3"], /byers/],
		[["--buyers", "0"], /--buyers must be a whole number from 1/],
		[["--buyers", "1.5"], /--buyers must be a whole number/],
		[["--pay-rate", "1.1"], /--pay-rate must be a number from 0 to 1/],
		[["--rate-limits", "--url", "http://localhost:1"], /--rate-limits is for a server that is started here/],
		[["--seed", "-1"], /--seed/],
		[["--restock", "20"], /--restock must be UNITS@SECONDS, as in 20@3, not "20"/],
		[["--late-rate", "2"], /--late-rate must be a number from 0 to 1/],
		[["--payment-window-seconds", "1"], /--payment-window-seconds must be a whole number from 2/],
		[["--url", "ftp://shop.example"], /--url must be an http or https address/],
		[["--url", "http://localhost:1"], /--url needs --admin-token/],
	])("%j is refused in plain words", async (args, complaint) => {
		const run = await drop(args);
		expect(run.code).toBe(2);
		expect(run.err).toMatch(complaint);
		expect(run.err).not.toMatch(/\n +at /);
	});

	test("--help", async () => {
		const run = await drop(["--help"]);
		expect(run.code).toBe(0);
		expect(run.out).toContain("--pay-rate");
	});
});
