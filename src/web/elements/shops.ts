/** The shops that the elements of one page sell from: usually one. */
import { createShop, type Shop, storedTokens } from "../../client/index.ts";

const shops = new Map<string, Shop>();

/** One shopper for each shop and browser, kept at the origin of the page that shows the elements. */
export function shopAt(origin: string): Shop {
	const known = shops.get(origin);
	if (known !== undefined) return known;
	// On a page of the shop itself it is the shopper of its other pages.
	const tokens =
		origin === location.origin ? storedTokens(localStorage) : storedTokens(localStorage, `holdfast.${origin}`);
	const shop = createShop({ origin, tokens });
	shops.set(origin, shop);
	return shop;
}
