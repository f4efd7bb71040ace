/** A few lines instead of a framework: elements of a page of another shop have to be small. */

type Child = Node | string | null;
type Props = Readonly<Record<string, string | boolean | ((event: Event) => void)>>;

/** Makes an element. A function is a listener, `true` an empty attribute, `false` none. */
export function h(tag: string, props: Props = {}, ...children: readonly Child[]): HTMLElement {
	const element = document.createElement(tag);
	for (const [name, value] of Object.entries(props)) {
		if (typeof value === "function") element.addEventListener(name, value);
		else if (value !== false) element.setAttribute(name, value === true ? "" : value);
	}
	element.append(...children.filter((child) => child !== null));
	return element;
}

/** Styles that a strict content security policy of the host's page does not forbid. */
export function styleSheet(css: string): CSSStyleSheet {
	const sheet = new CSSStyleSheet();
	sheet.replaceSync(css);
	return sheet;
}
