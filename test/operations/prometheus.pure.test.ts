/** The text of the metrics, read back by a foreign parser. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import parse from "parse-prometheus-text-format";
import { describe, expect, it } from "vitest";
import { prometheusText } from "../../src/operations/prometheus.ts";
import { UNSETTLED_REASONS } from "../../src/orders/order.ts";

describe("prometheusText", () => {
	it("is read back as it was, whatever stands in a label", () => {
		const labels = { sku: "tee.black-2", reason: 'a "quoted" \\ back\nslash' };
		const text = prometheusText([
			{
				name: "holdfast_units",
				help: "Units\nby SKU",
				samples: [
					{ labels, value: 3 },
					{ labels: {}, value: -2 },
				],
			},
			{ name: "holdfast_empty", help: "Nothing yet", samples: [] },
			{ name: "holdfast_skus", help: "SKUs", samples: [{ value: 1_000_000 }] },
		]);
		expect(parse(text)).toMatchObject([
			{ name: "holdfast_units", type: "GAUGE", metrics: [{ value: "3", labels }, { value: "-2" }] },
			{ name: "holdfast_empty", type: "GAUGE" },
			{ name: "holdfast_skus", type: "GAUGE", metrics: [{ value: "1000000" }] },
		]);
		expect(text.endsWith("\n")).toBe(true);
	});
});

describe("the runbook", () => {
	const read = (name: string) => readFileSync(join(import.meta.dirname, "../../src/operations", name), "utf8");
	const runbook = read("README.md");

	it("alerts by metrics that there are, and by reasons that there are", () => {
		const metrics = [...read("metrics.ts").matchAll(/name: "(holdfast_\w+)"/g)].map(([, name]) => name);
		const named = new Set(Array.from(runbook.matchAll(/holdfast_\w+/g), ([name]) => name));
		expect(named.size).toBeGreaterThan(6);
		expect([...named].filter((name) => !metrics.includes(name))).toEqual([]);
		const reasons = Array.from(runbook.matchAll(/reason!?="(\w+)"/g), ([, reason]) => reason);
		expect(new Set(reasons)).toEqual(new Set(["disputed"]));
	});

	it("says of every reason for which money or units are not settled what to do", () => {
		const [, table = ""] = /^### What is unsettled\n([\s\S]*?)^### /m.exec(runbook) ?? [];
		const rows = Array.from(table.matchAll(/^\| `([a-z-]+)` \|/gm), ([, reason]) => reason);
		expect(rows.filter((row) => row !== "reason").sort()).toEqual([...UNSETTLED_REASONS].sort());
	});
});
