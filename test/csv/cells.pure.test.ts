/** Single cells: what is written is read again as it was, and no spreadsheet runs it. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { csvLine, formatMinor, guardFormula, parseCount, parsePrice, unguardFormula } from "../../src/csv/cells.ts";
import { htmlOf, textOf } from "../../src/csv/html-text.ts";

const wild = fc.string({
	unit: fc.oneof(
		fc.constantFrom(
			"=",
			"+",
			"-",
			"@",
			"'",
			"\t",
			"\r",
			"\n",
			" ",
			"<",
			">",
			"&",
			";",
			"#",
			'"',
			"/",
			"=",
			"1",
			"amp",
			"br",
		),
		fc.constantFrom("<b>", "</p>", "&amp;", "&#32;", "<br>", "\u00a0", "😀", "＝", "\v", "\f", "<!--", "<script>"),
		fc.string({ unit: "grapheme", minLength: 1, maxLength: 1 }),
	),
});

describe("a formula", () => {
	it.each(["=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "＝1+1", "'=1"])(
		"%j gets an apostrophe, and loses it again",
		(text) => {
			expect(guardFormula(text)).toBe(`'${text}`);
			expect(unguardFormula(guardFormula(text))).toBe(text);
		},
	);

	it("is nothing that a person writes: a number, a word with an apostrophe", () => {
		for (const text of ["-5", "-12.50", "'Tis the season", "a=b", ""]) expect(guardFormula(text)).toBe(text);
		expect(unguardFormula("'Tis the season")).toBe("'Tis the season");
	});

	it("is never left, and any text comes back", () => {
		fc.assert(
			fc.property(wild, (text) => {
				const cell = guardFormula(text);
				expect(unguardFormula(cell)).toBe(text);
				if (!/^-?\d+(\.\d+)?$/.test(cell)) expect(cell).not.toMatch(/^[=+\-@\t\r\n＝＋－＠]/);
			}),
		);
	});
});

describe("a description", () => {
	it.each([
		["a paragraph each", "<p>One <b>bold</b> word.</p>\n<p>Two</p>", "One bold word.\n\nTwo"],
		["lists", "<ul>\n  <li>first</li>\n  <li>second</li>\n</ul>", "first\nsecond"],
		["line breaks", "one<br>two<br/>three<BR />four", "one\ntwo\nthree\nfour"],
		["white space as a browser shows it", "<p>  one\n   two  </p>", "one two"],
		[
			"entities",
			"Salt &amp; pepper &ndash; 5&nbsp;&#8364; &#x1F600; caf&eacute; &unknown; &toString;",
			"Salt & pepper – 5\u00a0€ 😀 café &unknown; &toString;",
		],
		["scripts and styles", "a<script>alert('<p>')</script>b<style>p{}</style>c<SCRIPT>d", "abc"],
		["comments", "a<!-- <p>hidden</p> -->b<!-- never closed <p>", "ab"],
		["a > in an attribute", "<a title=\"a>b\" href='x>y'>link</a>", "link"],
		["what would be a tag again", "&lt;script&gt;alert(1)&lt;/script&gt;", "<script>alert(1)</script>"],
		["characters that there are not", "a&#0;b&#xD800;c&#x110000;<br>", "a\ufffdb\ufffdc\ufffd\n"],
	])("of HTML becomes text: %s", (_, html, text) => {
		expect(textOf(html)).toBe(text);
	});

	it.each(["1 < 2 & 3 > 2", "I <3 it", "two\n\nlines", "  kept  ", "Salt & pepper"])(
		"%j is plain text as it is",
		(text) => {
			expect(textOf(text)).toBe(text);
		},
	);

	it("comes back from its HTML, whatever it is", () => {
		fc.assert(
			fc.property(wild, (text) => {
				expect(textOf(htmlOf(text))).toBe(text);
			}),
			{ numRuns: 2_000 },
		);
	});

	it("takes a time that grows with its length and no faster, also where nothing is closed", () => {
		// Were it read again from each of these, the test would time out.
		for (const part of ["<", "<script>", "<!--", '<a title="', "&#", "<p ", "word "]) {
			expect(textOf(`<br>${part.repeat(100_000)}`).startsWith("\n")).toBe(true);
		}
	});
});

describe("a price", () => {
	it.each([
		["19.99", 2, ".", 1_999],
		["19.9", 2, ".", 1_990],
		["20", 2, ".", 2_000],
		["0", 2, ".", 0],
		["1500", 0, ".", 1_500],
		["1500.00", 0, ".", 1_500],
		["5.000", 3, ".", 5_000],
		["5.25", 3, ".", 5_250],
		["0.001", 3, ".", 1],
		["19,99", 2, ".,", 1_999],
	] as const)("of %s with %i decimal places is read, with a %s before them", (text, decimals, point, minor) => {
		expect(parsePrice(text, decimals, point)).toEqual({ kind: "price", minor });
	});

	it.each([
		["19.999", 2, ".", "too-precise"],
		["1500.50", 0, ".", "too-precise"],
		["1,299", 2, ".", "malformed"],
		["1.299,00", 2, ".,", "malformed"],
		["$19.99", 2, ".", "malformed"],
		["-1", 2, ".", "malformed"],
		["1e3", 2, ".", "malformed"],
		["", 2, ".", "malformed"],
		["99999999999999999", 2, ".", "malformed"],
	] as const)("of %s with %i decimal places is refused, with a %s before them", (text, decimals, point, kind) => {
		expect(parsePrice(text, decimals, point)).toEqual({ kind });
	});

	it("is written with all places of its currency, and read again", () => {
		expect([
			formatMinor(1_999, 2),
			formatMinor(5, 2),
			formatMinor(1_500, 0),
			formatMinor(5_000, 3),
			formatMinor(-250, 2),
		]).toEqual(["19.99", "0.05", "1500", "5.000", "-2.50"]);
		fc.assert(
			fc.property(fc.nat(10_000_000_000), fc.constantFrom(0, 2, 3), (minor, decimals) => {
				expect(parsePrice(formatMinor(minor, decimals), decimals, ".")).toEqual({ kind: "price", minor });
			}),
		);
	});
});

it.each([
	["12", 12],
	["-3", -3],
	["", null],
	["1.0", null],
	["1e3", null],
	["not stocked", null],
	["99999999999999999999", null],
])("%s units are %s", (text, count) => {
	expect(parseCount(text)).toBe(count);
});

describe("a line of a file", () => {
	it("has no NUL, which would make the whole file no text", () => {
		expect(csvLine(["a\0b", 7, "\0=SUM(A1)"])).toBe("ab,7,'=SUM(A1)\r\n");
	});
});
