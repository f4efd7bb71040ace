/** The custom elements, for pages of any shop: `<script type="module" src="https://your-shop/elements.js">`. */
import { HoldfastBuy, HoldfastHold, HoldfastStock } from "./buy.ts";

const ELEMENTS = { "holdfast-buy": HoldfastBuy, "holdfast-hold": HoldfastHold, "holdfast-stock": HoldfastStock };

for (const [name, element] of Object.entries(ELEMENTS)) {
	// A page that loads the script twice has made one mistake, and should not see an error for it.
	if (customElements.get(name) === undefined) customElements.define(name, element);
}
