/** The text of the metrics, read back by a foreign parser. */
import parse from "parse-prometheus-text-format";
import { describe, expect, it } from "vitest";
import { prometheusText } from "../../src/operations/prometheus.ts";

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
