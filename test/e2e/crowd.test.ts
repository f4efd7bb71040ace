/** `npm run crowd` as its user meets it, with a small crowd. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runCli } from "./command.ts";
import { parseXml } from "./xml.ts";

const SMALL = ["--arrivals", "2000", "--units", "100", "--seconds", "4", "--places", "20", "--isolates", "40"];
const crowd = (args: readonly string[]) => runCli("crowd", args);

let results: string;
beforeAll(() => {
	results = mkdtempSync(join(tmpdir(), "holdfast-crowd-results-"));
});
afterAll(() => rmSync(results, { recursive: true, force: true }));

describe.concurrent("the crowd", () => {
	test("is served in each kind of shop, and the same figures stand in the terminal, the picture and the file", async () => {
		const [report, json] = [join(results, "crowd.html"), join(results, "crowd.json")];
		const files = ["--report", report, "--json", json, "--picture", results];
		const run = await crowd([...SMALL, "--seed", "2", ...files]);
		expect(run, run.err + run.out).toMatchObject({ code: 0 });
		expect(run.out).toContain("2,000 people in 4 seconds, 100 units, seed 2");
		expect(run.out.match(/✓ exactly 100 units are held: 100/g)).toHaveLength(3);
		const { runs } = JSON.parse(readFileSync(json, "utf8")) as {
			runs: { kind: string; object: { worstSecond: number } }[];
		};
		expect(runs.map(({ kind }) => kind)).toEqual(["alone", "batched", "gates"]);
		for (const look of ["light", "dark"]) {
			const picture = readFileSync(join(results, `crowd-${look}.svg`), "utf8");
			expect(parseXml(picture).name).toBe("svg");
			for (const { object } of runs) expect(picture).toContain(`>${object.worstSecond.toLocaleString("en-US")}</text>`);
		}
		expect(readFileSync(report, "utf8")).toMatch(/^<!doctype html>[\s\S]*everybody is answered[\s\S]*<\/html>\n$/);
	});

	test("is the same again with the command that it prints", async () => {
		const first = await crowd([...SMALL, "--seed", "3", "--only", "batched"]);
		const again = /The same again: npm run crowd -- (.+)$/m.exec(first.out)?.[1]?.split(" ") ?? [];
		expect((await crowd(again)).out).toBe(first.out);
	});

	test.each([
		[["--isolates", "10", "--places", "20"], /--isolates must be at least as many as --places/],
		[["--only", "queue"], /--only must be of alone, batched, gates/],
		[["--report", "/nowhere/at/all.html"], /--report must be a file in a folder/],
		[["--against", "/nowhere.json"], /is no file of npm run bench/],
	])("ends with 2 when it is called wrongly: %j", async (args, words) => {
		const run = await crowd(args);
		expect(run.code).toBe(2);
		expect(run.err).toMatch(words);
	});

	test("explains itself", async () => {
		const run = await crowd(["--help"]);
		expect(run.code).toBe(0);
		expect(run.out).toMatch(/--arrivals N .*default 1000000/);
	});
});
