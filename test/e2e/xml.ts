/** Just enough of an XML parser to say what is wrong with a text, and to read one that is right. */

export interface XmlElement {
	readonly name: string;
	readonly attributes: Readonly<Record<string, string>>;
	readonly children: (XmlElement | string)[];
}

const TOKEN = /<(\/?)([A-Za-z][\w:-]*)((?:\s+[\w:-]+="[^"<]*")*)\s*(\/?)>|([^<]+)/y;
const ENTITIES: Readonly<Record<string, string>> = { "&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"' };

function decode(text: string): string {
	return text.replace(/&[^;\s]*;?/g, (entity) => {
		const character = ENTITIES[entity];
		if (character === undefined) throw new Error(`${entity} is no entity`);
		return character;
	});
}

/** @throws Error where the text is not well-formed */
export function parseXml(text: string): XmlElement {
	const root: XmlElement = { name: "", attributes: {}, children: [] };
	const open = [root];
	TOKEN.lastIndex = 0;
	while (TOKEN.lastIndex < text.length) {
		const at = TOKEN.lastIndex;
		const [token, closes, name = "", attributes = "", isEmpty, words] = TOKEN.exec(text) ?? [];
		const within = open.at(-1) ?? root;
		if (token === undefined) throw new Error(`no XML: ${text.slice(at, at + 40)}`);
		if (words !== undefined) within.children.push(decode(words));
		else if (closes) {
			if (open.pop()?.name !== name) throw new Error(`</${name}> closes another element`);
		} else {
			const pairs = [...attributes.matchAll(/([\w:-]+)="([^"]*)"/g)].map(([, key = "", value = ""]) => [
				key,
				decode(value),
			]);
			if (new Set(pairs.map(([key]) => key)).size < pairs.length) throw new Error(`<${name}> has an attribute twice`);
			const element: XmlElement = { name, attributes: Object.fromEntries(pairs), children: [] };
			within.children.push(element);
			if (!isEmpty) open.push(element);
		}
	}
	if (open.length !== 1) throw new Error(`<${open.at(-1)?.name}> is not closed`);
	const [element, ...others] = root.children.filter((child) => typeof child !== "string");
	if (element === undefined || others.length > 0) throw new Error("not one element");
	return element;
}

/** All elements, the outermost first. */
export function elementsOf(element: XmlElement): XmlElement[] {
	return [element, ...element.children.flatMap((child) => (typeof child === "string" ? [] : elementsOf(child)))];
}

export function wordsOf(element: XmlElement): string {
	return element.children.map((child) => (typeof child === "string" ? child : wordsOf(child))).join("");
}
