/** What the three elements have in common: their shop and SKU, their look, and their events. */
import { refusalText } from "../shared/refusal-text.ts";
import { type SkuEvent, type SkuState, SkuStore } from "../shared/sku-store.ts";
import { T } from "../shared/strings.ts";
import { h, styleSheet } from "./dom.ts";
import { shopAt } from "./shops.ts";

const STYLE = styleSheet(`
:host {
	display: block;
	color: var(--holdfast-ink, inherit);
	font: inherit;
}
:host([hidden]) { display: none; }
button, .link, input {
	font: inherit;
	min-height: 2.75em;
	padding: .4em 1em;
	border: 1px solid var(--holdfast-line, color-mix(in srgb, currentcolor 55%, transparent));
	border-radius: var(--holdfast-radius, 8px);
	background: transparent;
	color: inherit;
}
button, .link { cursor: pointer; font-weight: 600; text-decoration: none; display: inline-block; }
button.primary {
	border-color: transparent;
	background: var(--holdfast-accent, #0f5c4d);
	color: var(--holdfast-accent-ink, #fff);
}
button:disabled { opacity: .55; cursor: not-allowed; }
:focus-visible { outline: 3px solid var(--holdfast-focus, #1a56db); outline-offset: 2px; }
.box { display: grid; gap: .6em; justify-items: start; }
.row { display: flex; flex-wrap: wrap; gap: .5em; align-items: center; }
.clock { font-size: 1.4em; font-weight: 650; font-variant-numeric: tabular-nums; }
.soft { opacity: .8; margin: 0; }
p { margin: 0; }
label { display: grid; gap: .25em; }
.check { display: flex; gap: .5em; align-items: flex-start; }
.check input { min-height: 0; width: 1.2em; height: 1.2em; }
.said { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
`);

/** Where this script came from is where the shop is, unless the page says otherwise. */
const SCRIPT_ORIGIN = new URL(import.meta.url).origin;

/** What is told to those who do not see it. */
const SAID = { held: null, waiting: null, promoted: T.offered, released: T.gaveBack, expired: T.expired } as const;

/**
 * What an element shows, and how it is built where something else was shown before. The key names what is shown and
 * nothing more: what is built anew loses a click that is half done.
 */
export type View = readonly [key: string, build: () => readonly (Node | null)[]];

export abstract class HoldfastElement extends HTMLElement {
	static readonly observedAttributes: readonly string[] = ["sku", "api", "quantity"];
	readonly #root = this.attachShadow({ mode: "open" });
	readonly #body = h("div", { part: "body" });
	readonly #said = h("p", { class: "said", role: "status" });
	#stop: (() => void) | null = null;
	#shown = "";

	constructor() {
		super();
		this.#root.adoptedStyleSheets = [STYLE];
		this.#root.append(this.#body, this.#said);
	}

	get origin(): string {
		return new URL(this.getAttribute("api") ?? SCRIPT_ORIGIN, location.href).origin;
	}

	get sku(): string {
		return this.getAttribute("sku") ?? "";
	}

	protected get store(): SkuStore {
		return SkuStore.of(shopAt(this.origin), this.sku);
	}

	connectedCallback(): void {
		this.#start();
	}

	disconnectedCallback(): void {
		this.#end();
	}

	attributeChangedCallback(): void {
		if (!this.isConnected) return;
		this.#end();
		this.#start();
	}

	#start(): void {
		if (this.sku === "") return;
		this.#stop = this.store.listen((state, event) => {
			if (event !== null) this.#onEvent(event);
			this.#render(this.view(state));
		});
	}

	#end(): void {
		this.#stop?.();
		this.#stop = null;
		this.#shown = "";
	}

	/** What to show of what the store knows now. */
	protected abstract view(state: SkuState): View;

	/** Builds the content anew when the key is another one than before, and keeps what was typed and the focus. */
	#render([key, build]: View): void {
		if (key === this.#shown) return;
		this.#shown = key;
		const focused = this.#root.activeElement?.getAttribute("part") ?? null;
		const before = new Map(this.#fields().map((field) => [field.name, field]));
		this.#body.replaceChildren(...build().filter((node) => node !== null));
		for (const field of this.#fields()) {
			const { value, checked } = before.get(field.name) ?? field;
			Object.assign(field, { value, checked });
		}
		if (focused === null) return;
		const again = this.#body.querySelector<HTMLElement>(`[part="${focused}"]`) ?? this.#body.querySelector("button");
		again?.focus();
	}

	#fields(): HTMLInputElement[] {
		return [...this.#body.querySelectorAll("input")];
	}

	protected say(text: string): void {
		this.#said.textContent = text;
	}

	protected button(part: string, label: string, isPrimary: boolean, does: () => void): HTMLElement {
		const isBusy = this.store.state.isBusy;
		return h(
			"button",
			{ type: "button", part, class: isPrimary ? "primary" : "", disabled: isBusy, click: does },
			label,
		);
	}

	#onEvent(event: SkuEvent): void {
		const said = event.type === "problem" ? refusalText(event.problem) : SAID[event.type];
		if (said !== null) this.say(said);
		this.emit(event.type, event.type === "problem" ? event.problem : event.reservation);
	}

	protected emit(type: string, detail: unknown): void {
		this.dispatchEvent(new CustomEvent(`holdfast-${type}`, { bubbles: true, composed: true, detail }));
	}
}
