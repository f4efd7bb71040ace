/**
 * `npm run race` as its user meets it: it finds the race of a shop that has one and none in Holdfast, and leaves nothing
 * behind. What takes longer is in `full/race.test.ts`.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { History } from "../../src/cli/race/history.ts";
import { historyOf, SOLD_ONCE, SOLD_TWICE } from "../cli/race/operations.ts";
import { runCli } from "./command.ts";

const SHOPS = join(import.meta.dirname, "../race/shops");
const race = (args: readonly string[], env: NodeJS.ProcessEnv = {}) => runCli("race", args, { env });

let results: string;
beforeAll(() => {
	results = mkdtempSync(join(tmpdir(), "holdfast-race-results-"));
});
afterAll(() => rmSync(results, { recursive: true, force: true }));

describe.concurrent("the race detector", () => {
	test("finds that the naive shop sells a unit twice, shows the fewest requests, and keeps them", async () => {
		const [report, save] = [join(results, "naive.html"), join(results, "naive.json")];
		const run = await race([
			"--target",
			"naive",
			"--histories",
			"8",
			"--at-once",
			"8",
			"--report",
			report,
			"--save",
			save,
		]);
		expect(run, run.err + run.out).toMatchObject({ code: 1 });
		expect(run.out).toMatch(/^RACE: /m);
		expect(run.out).toMatch(/The same again: npm run race -- --target naive --seed \d --histories 1$/m);
		const { history, shrunk } = JSON.parse(readFileSync(save, "utf8")) as { history: History; shrunk: History };
		expect(shrunk.operations.length).toBeLessThanOrEqual(6);
		expect(history.operations.length).toBeGreaterThan(shrunk.operations.length);
		expect(readFileSync(report, "utf8")).toContain("<svg");

		const again = await race(["--check", save]);
		expect(again.code).toBe(1);
		expect(again.out).toContain(/^RACE: .+$/m.exec(run.out)?.[0]);
	});

	test("finds none in Holdfast", async () => {
		const run = await race(["--histories", "6", "--at-once", "6"]);
		expect(run, run.err + run.out).toMatchObject({ code: 0 });
		expect(run.out).toMatch(/^No race found in 6 histories of \d+ operations, seed 1\.$/m);
		expect(run.out).toMatch(/held \d+/);
	});

	test("drives any shop by a file", async () => {
		const size = ["--histories", "10", "--at-once", "10"];
		const honest = await race(["--target", join(SHOPS, "honest.ts"), ...size]);
		expect(honest, honest.out).toMatchObject({ code: 0 });
		const thinking = await race(["--target", join(SHOPS, "thinking.ts"), ...size]);
		expect(thinking, thinking.out).toMatchObject({ code: 1 });
	});

	test("does not call a shop right that answered nobody", async () => {
		const run = await race(["--target", join(SHOPS, "unreachable.ts"), "--histories", "2"]);
		expect(run.code).toBe(2);
		expect(run.out).toMatch(/0 requests failed, and \d+ got no answer\. The first: fetch failed/);
	});

	test("decides a saved history", async () => {
		for (const [name, rows, code] of [["twice", SOLD_TWICE, 1] as const, ["once", SOLD_ONCE, 0] as const]) {
			const file = join(results, `${name}.json`);
			writeFileSync(file, JSON.stringify({ history: historyOf(rows) }));
			expect(await race(["--check", file])).toMatchObject({ code });
		}
	});
});

describe.concurrent("the options of the race detector", () => {
	test("are explained by --help, with a whole adapter", async () => {
		const run = await race(["--help"]);
		expect(run.code).toBe(0);
		expect(run.out).toContain("--hold-seconds");
		expect(run.out).toContain("async checkOut(");
	});

	test.each([
		[["--buyers", "0"], "--buyers must be a whole number"],
		[["--variant", "atomic"], "--variant is for --target naive"],
		[["--target", "naive", "--variant", "careful"], "--variant must be one of"],
		[["--target", "no-such-file.ts"], "neither holdfast, naive, an address, nor a file"],
		[["--target", "https://shop.example"], "needs --admin-token"],
		[["--check", "no-such-file.json"], "--check cannot read"],
		[["--check", join(import.meta.dirname, "../../package.json")], "is no saved history"],
	])("refuse %j in plain words", async (args, words) => {
		const run = await race(args);
		expect(run.code).toBe(2);
		expect(run.err).toContain(words);
		expect(run.err).not.toMatch(/\n +at /);
	});
});
