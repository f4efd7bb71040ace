import { describe, expect, it } from "vitest";
import type { Operation } from "../../../src/cli/race/history.ts";
import { layOut } from "../../../src/cli/race/picture/layout.ts";
import { reportPage } from "../../../src/cli/race/picture/page.ts";
import { escaped, pictureSvg } from "../../../src/cli/race/picture/svg.ts";
import { pictureText, tableRows, tableText } from "../../../src/cli/race/picture/text.ts";
import { operationsOf, SOLD_TWICE } from "./operations.ts";

const operations = operationsOf(SOLD_TWICE);
const PAIR = new Set([1, 2]);
const MEASURE = { widthOf: () => 10, gap: 2 };
const overlapping = operationsOf([
	["buyer 1", { kind: "reserve", units: 1 }, 0, 50, { kind: "held", units: 1, untilMs: 200 }],
	["buyer 1", { kind: "reserve", units: 1 }, 5, 40, null],
	["buyer 2", { kind: "reserve", units: 1 }, 60, 300, { kind: "held", units: 1, untilMs: 5000 }],
]);

/** What an XML parser would complain of, as far as it concerns us. @returns the names of the elements */
function elementsOf(xml: string): string[] {
	const open: string[] = [];
	const seen: string[] = [];
	for (const [, closes, name = "", , empty] of xml.matchAll(
		/<(\/?)([\w!]+)((?:\s+[\w:-]+="[^"<&]*(?:&\w+;[^"<&]*)*")*)\s*(\/?)>/g,
	)) {
		if (closes) expect(open.pop()).toBe(name);
		else {
			seen.push(name);
			if (!empty) open.push(name);
		}
	}
	expect(open).toEqual([]);
	const text = xml.replaceAll(/<style>[\s\S]*?<\/style>/g, "").replaceAll(/<\/?\w+(?:\s+[\w:-]+="[^"]*")*\s*\/?>/g, "");
	expect(text).not.toMatch(/[<>]|&(?!(?:\w+|#\d+);)/);
	return seen;
}

describe("the layout of a picture", () => {
	it("keeps the order of all calls and answers, and gives each bar room for its words", () => {
		const { bars } = layOut(operations, PAIR, MEASURE);
		for (const a of bars) {
			expect(a.to - a.from).toBeGreaterThanOrEqual(10);
			for (const b of bars) {
				if (a.operation.endedAtMs < b.operation.calledAtMs) expect(a.to).toBeLessThan(b.from);
				if (a.operation.calledAtMs < b.operation.endedAtMs) expect(a.from).toBeLessThan(b.to);
			}
		}
		expect(bars.filter(({ isMarked }) => isMarked).map(({ operation }) => operation.id)).toEqual([1, 2]);
	});

	it("gives each buyer a row, and requests of one buyer that overlap a row each", () => {
		const { rows, bars } = layOut(overlapping, new Set(), MEASURE);
		expect(rows).toEqual(["buyer 1", null, "buyer 2"]);
		expect(bars.map(({ row }) => row)).toEqual([0, 1, 2]);
	});

	it("draws what was promised until its end, or to the edge when the end is beyond it", () => {
		const { promised, width, bars } = layOut(overlapping, new Set(), MEASURE);
		expect(promised.map(({ row, isOpen }) => [row, isOpen])).toEqual([
			[0, false],
			[2, true],
		]);
		expect(promised[0]?.from).toBe(bars[0]?.to);
		expect(promised[0]?.to).toBeLessThan(bars[2]?.to ?? 0);
		expect(promised[1]?.to).toBe(width);
	});
});

describe("the picture as text", () => {
	it("has a line for each buyer, and thick bars for those that contradict each other", () => {
		const lines = pictureText(operations, PAIR).split("\n");
		expect(lines.map((line) => line.slice(0, 8))).toEqual(["merchant", "buyer 1 ", "buyer 2 "]);
		expect(lines[0]).toMatch(/├─ restock: done ─*┤/);
		expect(lines[1]).toMatch(/┣━ pay: sold ━*┫/);
	});

	it("leaves the end of a request without an answer open", () => {
		expect(pictureText(overlapping, new Set())).toMatch(/├─ reserve: no answer ─*╌/);
	});
});

describe("the table", () => {
	it("says when, who, what was asked and what was told, and marks those that contradict each other", () => {
		expect(tableRows(operations)[1]).toEqual(["+0.020 s", "+0.900 s", "buyer 1", "pay for 1 unit", "1 unit sold"]);
		const marked = tableText(operations, PAIR)
			.split("\n")
			.map((line) => line.startsWith("▶"));
		expect(marked).toEqual([false, false, true, true]);
	});
});

describe("the picture as SVG", () => {
	it("is well-formed, with a box for each request and the marked ones told apart", () => {
		const svg = pictureSvg(operations, PAIR, "One unit was sold twice");
		const elements = elementsOf(svg);
		expect(elements[0]).toBe("svg");
		expect(elements.filter((name) => name === "g")).toHaveLength(3);
		expect(svg.match(/class="marked"/g)).toHaveLength(2);
	});

	it("shows any text as text", () => {
		const evil = `<script>alert("1") && '2'</script>`;
		const strange: Operation[] = operations.map((operation) => ({ ...operation, actor: evil }));
		const svg = pictureSvg(strange, PAIR, evil);
		expect(elementsOf(svg)).not.toContain("script");
		expect(svg).toContain(escaped(evil));
	});
});

describe("the page of a report", () => {
	const page = {
		...{ shop: "<b>shop</b>", effort: "Found after 1 history.", undecided: [], command: "npm run race" },
		answers: [["sold", 2]] as const,
	};
	const finding = {
		title: "One & only",
		sentences: ["It was <sold> twice.", "So both <have> it."],
		operations,
		marked: PAIR,
	};

	it("shows the race, loads nothing, and shows any text as text", () => {
		const html = reportPage({ ...page, finding });
		expect(html).toContain("One &amp; only");
		expect(html).toContain("It was &lt;sold&gt; twice.");
		expect(html).toContain("So both &lt;have&gt; it.");
		expect(html).toContain("&lt;b&gt;shop&lt;/b&gt;");
		expect(html).not.toMatch(/(?:src|href)=|@import|url\(/);
	});

	it("says that there was none, or what was not decided", () => {
		expect(reportPage({ ...page, finding: null })).toContain("<h1>No race found</h1>");
		const undecided = reportPage({ ...page, finding: null, undecided: ["seed 3: too long"] });
		expect(undecided).toContain("<li>seed 3: too long</li>");
		expect(undecided).not.toContain("<h1>No race found</h1>");
	});
});
