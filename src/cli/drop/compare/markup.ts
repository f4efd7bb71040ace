/** Builds SVG and HTML. Whatever is not markup already is escaped: a name can never become an element. Pure. */

export class Markup {
	readonly source: string;

	constructor(source: string) {
		this.source = source;
	}
}

type Child = Markup | string | number | readonly Child[];

const ESCAPES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
const escapeText = (text: string): string => text.replace(/[&<>"]/g, (character) => ESCAPES[character] ?? "");

export function element(
	name: string,
	attributes: Readonly<Record<string, string | number>> = {},
	...children: Child[]
): Markup {
	const written = Object.entries(attributes).map(([key, value]) => ` ${key}="${escapeText(plain(value))}"`);
	const inside = children.map(sourceOf).join("");
	return new Markup(
		children.length === 0 ? `<${name}${written.join("")}/>` : `<${name}${written.join("")}>${inside}</${name}>`,
	);
}

function sourceOf(child: Child): string {
	if (child instanceof Markup) return child.source;
	return typeof child === "string" || typeof child === "number"
		? escapeText(plain(child))
		: child.map(sourceOf).join("");
}

/** Coordinates need no more than a hundredth. */
const plain = (value: string | number): string =>
	typeof value === "number" ? String(Math.round(value * 100) / 100) : value;
