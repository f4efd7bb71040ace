/**
 * Descriptions: HTML in a shop's file, plain text here. Pure.
 *
 * Nothing of the markup is kept, so none has to be made safe: the text is shown as text. `htmlOf` and `textOf` are exact:
 * any text comes back as it was.
 */

/** A cell without any of this is plain text already, and its line breaks are line breaks. */
const MARKUP = /<[a-z/!][^<>]*>|&(?:#\d+|#x[\da-f]+|[a-z][a-z\d]*);/i;

/** Tags with a line of their own, and those with a blank line around them. */
const LINES = new Set(["div", "dd", "dt", "figcaption", "li", "section", "tr"]);
const PARAGRAPHS = new Set(["blockquote", "dl", "h1", "h2", "h3", "h4", "h5", "h6", "ol", "p", "pre", "table", "ul"]);
/** What stands between these is for no reader. */
const UNSEEN = new Set(["iframe", "script", "style", "template"]);

/** Characters of a tag that are looked at for quotes: without an end, each tag of a spoilt text would be read to the text's. */
const LONGEST_TAG = 2_000;

const NAMED: ReadonlyMap<string, string> = new Map(
	Object.entries({
		...{ amp: "&", lt: "<", gt: ">", quot: '"', apos: "'", nbsp: "\u00a0", shy: "\u00ad", copy: "©", reg: "®" },
		...{ trade: "™", hellip: "…", ndash: "–", mdash: "—", lsquo: "‘", rsquo: "’", sbquo: "‚", ldquo: "“", rdquo: "”" },
		...{ bdquo: "„", laquo: "«", raquo: "»", bull: "•", middot: "·", deg: "°", plusmn: "±", times: "×", frac12: "½" },
		...{
			euro: "€",
			pound: "£",
			yen: "¥",
			cent: "¢",
			sect: "§",
			para: "¶",
			auml: "ä",
			ouml: "ö",
			uuml: "ü",
			szlig: "ß",
		},
		...{ Auml: "Ä", Ouml: "Ö", Uuml: "Ü", agrave: "à", aacute: "á", acirc: "â", atilde: "ã", aring: "å", aelig: "æ" },
		...{
			ccedil: "ç",
			egrave: "è",
			eacute: "é",
			ecirc: "ê",
			euml: "ë",
			igrave: "ì",
			iacute: "í",
			icirc: "î",
			iuml: "ï",
		},
		...{ ntilde: "ñ", ograve: "ò", oacute: "ó", ocirc: "ô", otilde: "õ", oslash: "ø", ugrave: "ù", uacute: "ú" },
		...{ Eacute: "É", Aring: "Å", Oslash: "Ø", AElig: "Æ", Ccedil: "Ç", Ntilde: "Ñ" },
	}),
);

/** What a person reads of it: no tags, no scripts, paragraphs as lines. */
export function textOf(html: string): string {
	if (!MARKUP.test(html)) return html;
	const page = new TextPage();
	const lastTagEnd = html.lastIndexOf(">");
	let at = 0;
	while (at < html.length) {
		const next = html.indexOf("<", at);
		const open = next < lastTagEnd ? next : -1;
		page.write(html.slice(at, open < 0 ? html.length : open));
		if (open < 0) break;
		at = afterTag(html, open, page);
	}
	return page.text;
}

/** A text as HTML that shows it. */
export function htmlOf(text: string): string {
	if (!MARKUP.test(text) && !/[\r\n]/.test(text)) return text;
	return text
		.replace(/[&<>]/g, (char) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[char] ?? char)
		.replace(/[\t\r\f]|(?<![^ \t\r\n\f]) | (?![^ \t\r\n\f])/g, (char) => `&#${char.charCodeAt(0)};`)
		.replaceAll("\n", "<br>");
}

/** Reads a tag, or a `<` that begins none. @returns where it ends */
function afterTag(html: string, open: number, page: TextPage): number {
	if (html.startsWith("<!--", open)) return after(html, "-->", open);
	if (/[!?]/.test(html[open + 1] ?? "")) return after(html, ">", open);
	const [tag, slash = "", name = ""] = /^<(\/?)([a-z][a-z\d]*)/i.exec(html.slice(open, open + 40)) ?? [];
	const end = tag === undefined ? null : endOfTag(html, open + tag.length);
	if (end === null) {
		page.write("<");
		return open + 1;
	}
	const kind = name.toLowerCase();
	if (kind === "br") page.breakLine();
	else if (PARAGRAPHS.has(kind)) page.separate(2);
	else if (LINES.has(kind)) page.separate(1);
	if (slash !== "" || !UNSEEN.has(kind)) return end;
	const close = new RegExp(`</${kind}`, "gi");
	close.lastIndex = end;
	return close.exec(html)?.index ?? html.length;
}

/** A `>` inside a quoted value of an attribute ends no tag, if the value ends soon. Null when nothing ends it. */
function endOfTag(html: string, from: number): number | null {
	let quote = "";
	const soon = Math.min(html.length, from + LONGEST_TAG);
	for (let i = from; i < soon; i++) {
		const char = html[i] as string;
		if (quote !== "") quote = char === quote ? "" : quote;
		else if (char === ">") return i + 1;
		else if ((char === '"' || char === "'") && html[i - 1] === "=") quote = char;
	}
	return html.indexOf(">", from) + 1 || null;
}

function after(html: string, end: string, from: number): number {
	const at = html.indexOf(end, from);
	return at < 0 ? html.length : at + end.length;
}

/** Puts text on a page as a browser does: white space is one space, and none at the ends of lines. */
class TextPage {
	text = "";
	#isAtLineStart = true;
	/** Line breaks that come before the next text, if any comes. */
	#breaks = 0;
	#hasSpace = false;

	write(html: string): void {
		for (const [part] of html.matchAll(/[ \t\r\n\f]+|[^ \t\r\n\f]+/g)) {
			if (/^[ \t\r\n\f]/.test(part)) this.#hasSpace = true;
			else this.#put(decodeReferences(part));
		}
	}

	breakLine(): void {
		this.#put("\n", false);
	}

	/** @param breaks line breaks between what was written and what comes: 2 leaves a line free */
	separate(breaks: 1 | 2): void {
		this.#breaks = Math.max(this.#breaks, breaks);
		this.#hasSpace = false;
	}

	#put(text: string, isInLine = true): void {
		if (this.text !== "" && this.#breaks > 0) this.text += "\n".repeat(this.#breaks);
		else if (this.#hasSpace && isInLine && !this.#isAtLineStart) this.text += " ";
		this.#breaks = 0;
		this.#hasSpace = false;
		this.#isAtLineStart = !isInLine;
		this.text += text;
	}
}

function decodeReferences(text: string): string {
	return text.replace(/&(?:#(\d{1,7})|#x([\da-f]{1,6})|([a-z][a-z\d]{1,9}));/gi, (reference, decimal, hex, name) => {
		if (name !== undefined) return NAMED.get(name as string) ?? reference;
		const code = decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal);
		const isCharacter = code > 0 && code <= 0x10_ff_ff && !(code >= 0xd800 && code <= 0xdfff);
		return isCharacter ? String.fromCodePoint(code) : "\ufffd";
	});
}
