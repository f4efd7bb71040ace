/** `npm run drop -- --compare` with a small crowd: what it says of each shop is what that shop's own books say. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Comparison } from "../../src/cli/drop/compare/comparison.ts";
import { drop } from "./drop-command.ts";
import { elementsOf, parseXml, wordsOf } from "./xml.ts";

let results: string;
beforeAll(() => {
	results = mkdtempSync(join(tmpdir(), "holdfast-compare-results-"));
});
afterAll(() => rmSync(results, { recursive: true, force: true }));

// Most come before the first payment can be over.
const CROWD = ["--compare", "--buyers", "60", "--stock", "6", "--spread-seconds", "0.2", "--seed", "3"];
const PRICE_MINOR = 1999;

describe.concurrent("a comparison", () => {
	test("oversells at the naive shop, not at Holdfast, and shows the numbers of both everywhere", async () => {
		const [json, report, pictures] = ["compare.json", "report.html", "pictures"].map((name) => join(results, name));
		const run = await drop([...CROWD, "--json", `${json}`, "--report", `${report}`, "--picture", `${pictures}`]);
		expect(run, run.err + run.out).toMatchObject({ code: 0 });
		const { naive, holdfast, problems, units, buyers } = JSON.parse(readFileSync(`${json}`, "utf8")) as Comparison;
		expect({ units, buyers, problems }).toEqual({ units: 6, buyers: 60, problems: [] });

		// The buyers' word, the shop's list and the provider's books are three sources.
		for (const { sold, orders, takenMinor, fates } of [naive, holdfast]) {
			expect(orders).toBe(sold);
			expect(takenMinor).toBe(sold * PRICE_MINOR);
			expect(Object.values(fates).reduce((sum, count) => sum + count)).toBe(60);
			expect(fates).toMatchObject({ served: 6, failed: 0 });
		}
		expect(naive.oversold).toBeGreaterThan(0);
		expect(naive).toMatchObject({ oversold: naive.sold - 6, mustGoBackMinor: naive.oversold * PRICE_MINOR });
		expect(holdfast).toMatchObject({ sold: 6, oversold: 0, mustGoBackMinor: 0, shownAtEnd: 0 });
		expect(holdfast.timeline.every(({ sold, oversold, paying, held }) => sold + oversold + paying + held <= 6)).toBe(
			true,
		);

		expect(run.out).toMatch(new RegExp(`^units sold +${naive.sold} +6$`, "m"));
		expect(run.out).toMatch(new RegExp(`^✗ the naive shop sold ${naive.sold} units of 6`, "m"));
		expect(run.out).toMatch(/^✓ Holdfast sold 6 units of 6/m);
		expect(readdirSync(`${pictures}`).sort()).toEqual(["compare-dark.svg", "compare-light.svg"]);
		for (const name of readdirSync(`${pictures}`)) {
			const text = readFileSync(join(`${pictures}`, name), "utf8");
			const words = elementsOf(parseXml(text)).map(wordsOf);
			expect(words).toEqual(expect.arrayContaining([`${naive.sold} sold of 6`, "6 sold of 6"]));
			expect(readFileSync(`${report}`, "utf8")).toContain(text);
		}
	});

	test("is refused in plain words where the naive shop cannot be asked for it", async () => {
		const run = await drop(["--compare", "--waitlist"]);
		expect(run.code).toBe(2);
		expect(run.err).toMatch(/plain rush/);
		expect(run.err).not.toMatch(/\n +at |fresh state/);
	});
});
