/**
 * `npm run drop` as its user meets it: against the real Worker it passes and leaves nothing behind; against a shop that
 * lies it fails and names the lie. Every other lie and option is in `full/drop.test.ts`.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { drop, dropAgainst } from "./drop-command.ts";

let results: string;
beforeAll(() => {
	results = mkdtempSync(join(tmpdir(), "holdfast-drop-results-"));
});
afterAll(() => rmSync(results, { recursive: true, force: true }));

describe.concurrent("a drop against the real Worker, on a server of its own", () => {
	test("sells all there is and no more, accounts for everybody, and leaves nothing behind", async () => {
		const json = join(results, "rush.json");
		const size = ["--buyers", "300", "--stock", "20", "--hold-seconds", "5", "--spread-seconds", "0.5", "--seed", "7"];
		const run = await drop([...size, "--json", json]);
		expect(run, run.err + run.out).toMatchObject({ code: 0 });
		const result = JSON.parse(readFileSync(json, "utf8"));
		expect(result).toMatchObject({ asked: 300, oversold: 0, lost: 0, hanging: 0, failed: 0, balanced: true, ok: true });
		expect(result.held + result.refused).toBe(300);
		expect(result.sold).toBe(result.paid);
		expect(result.ordersInD1).toBe(result.sold);
		expect(run.out).toMatch(/^balanced +true$/m);
		expect(run.out).toMatch(/^✓ the history of \d+ requests has an order that a correct shop could have had$/m);
	});

	test("never loses the sale, and settles all money, whatever shoppers and the provider do", async () => {
		const json = join(results, "everything.json");
		const size = ["--buyers", "80", "--stock", "12", "--hold-seconds", "8", "--spread-seconds", "0.5", "--seed", "3"];
		const lost = ["--waitlist", "--preorder", "8", "--restock", "4@1", "--restock", "5@10", "--abandon-rate", "0.1"];
		const money = ["--late-rate", "0.3", "--decline-rate", "0.2", "--webhook-chaos", "--payment-window-seconds", "8"];
		// However busy the machine is, no more requests are under way at once than the checker can put into an order.
		const run = await drop([...size, ...lost, ...money, "--concurrency", "12", "--json", json]);
		expect(run, run.err + run.out).toMatchObject({ code: 0 });
		const result = JSON.parse(readFileSync(json, "utf8"));
		expect(result).toMatchObject({ asked: 80, oversold: 0, lost: 0, hanging: 0, unaccounted: 0, ok: true });
		const ends = Object.values<number>(result.became);
		expect(ends.reduce((sum, count) => sum + count)).toBe(80);
		expect(result.history).toMatchObject({ kind: "possible", evidence: [] });
		expect(result.became["promoted, then bought"]).toBeGreaterThan(0);
		expect(result.became["pre-ordered, filled"]).toBeGreaterThan(0);
		expect(result.money).toMatchObject({ difference: 0, worth: result.ordersInD1 * 1999 });
		expect(result.money.voided).toBeGreaterThan(0);
	});
});

describe.concurrent("a drop against a pretended shop", () => {
	test("passes an honest shop", async () => {
		expect(await dropAgainst(null)).toMatchObject({ code: 0 });
	});

	test("fails a shop that oversells, and says why", async () => {
		const run = await dropAgainst("oversells");
		expect(run.code).toBe(1);
		expect(run.out).toMatch(/5 units were sold or held beyond the 40/);
	});
});

describe.concurrent("the options of a drop", () => {
	test('refuse ["--byers","3"] in plain words', async () => {
		const run = await drop(["--byers", "3"]);
		expect(run.code).toBe(2);
		expect(run.err).toMatch(/byers/);
		expect(run.err).not.toMatch(/\n +at /);
	});

	test("are explained by --help", async () => {
		const run = await drop(["--help"]);
		expect(run.code).toBe(0);
		expect(run.out).toContain("--pay-rate");
	});
});
