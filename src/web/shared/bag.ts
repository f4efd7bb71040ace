/**
 * What this browser's shopper has asked for: SKUs that they hold, wait for, pay for or want to pre-order. It is a list of
 * names to ask about. What they really have, the shop says.
 */
import { signal } from "@preact/signals";

export interface BagItem {
	readonly sku: string;
	readonly quantity: number;
	/** They were on the waitlist when they were last seen. */
	readonly wasWaiting: boolean;
	/** A pre-order, and the terms that they were shown and accepted. Nothing is held for it. */
	readonly acceptedTerms: string | null;
	/** The date that they were shown with the terms; absent where none were, or an earlier page put it in. */
	readonly acceptedDate?: string | null;
}

const KEY = "holdfast.bag";

function load(): readonly BagItem[] {
	try {
		const items: unknown = JSON.parse(localStorage.getItem(KEY) ?? "[]");
		return Array.isArray(items) ? (items as BagItem[]) : [];
	} catch {
		return [];
	}
}

export const bag = signal<readonly BagItem[]>(load());

function save(items: readonly BagItem[]): void {
	bag.value = items;
	try {
		localStorage.setItem(KEY, JSON.stringify(items));
	} catch {
		// A full or forbidden storage: the bag lives as long as this page.
	}
}

export const bagItem = (sku: string): BagItem | null => bag.value.find((item) => item.sku === sku) ?? null;

export function putInBag(item: BagItem): void {
	const before = bagItem(item.sku);
	if (before !== null && JSON.stringify(before) === JSON.stringify(item)) return;
	const isNew = before === null;
	save(isNew ? [...bag.value, item] : bag.value.map((one) => (one.sku === item.sku ? item : one)));
}

export function takeFromBag(sku: string): void {
	if (bagItem(sku) !== null) save(bag.value.filter((item) => item.sku !== sku));
}

// Another tab of the same browser is the same shopper.
addEventListener("storage", ({ key }) => {
	if (key === KEY) bag.value = load();
});

/** The checkout that this browser opened last, to find the way back to its payment. */
const CHECKOUT_KEY = "holdfast.checkout";

export function rememberCheckout(id: string): void {
	try {
		sessionStorage.setItem(CHECKOUT_KEY, id);
	} catch {
		// The way back is then by the browser's history.
	}
}

export function lastCheckout(): string | null {
	try {
		return sessionStorage.getItem(CHECKOUT_KEY);
	} catch {
		return null;
	}
}
