/**
 * Who the shopper is, between visits. A reservation belongs to the shopper of its token, so a lost token is a lost hold:
 * give the client a store that outlives the page.
 */
import type { Shopper } from "./api.ts";

/** Keeps one shopper's token. */
export interface TokenStore {
	get(): Shopper | null | Promise<Shopper | null>;
	set(shopper: Shopper): void | Promise<void>;
}

/** Forgets with the process. */
export function memoryTokens(shopper: Shopper | null = null): TokenStore {
	let known = shopper;
	return {
		get: () => known,
		set: (next) => {
			known = next;
		},
	};
}

/** The part of `localStorage` that is needed. */
export interface KeyValueStorage {
	getItem(key: string): string | null;
	setItem(key: string, value: string): void;
}

/**
 * Keeps the token in `localStorage` or its like. Storage that fails (private windows, a full disk) is a memory for this
 * page.
 */
export function storedTokens(storage: KeyValueStorage, key = "holdfast.shopper"): TokenStore {
	let known: Shopper | null = null;
	return {
		get: () => {
			try {
				return parse(storage.getItem(key)) ?? known;
			} catch {
				return known;
			}
		},
		set: (shopper) => {
			known = shopper;
			try {
				storage.setItem(key, JSON.stringify(shopper));
			} catch {
				// `known` has it.
			}
		},
	};
}

function parse(text: string | null): Shopper | null {
	if (text === null) return null;
	try {
		const value = JSON.parse(text) as Partial<Shopper> | null;
		const isShopper = typeof value?.token === "string" && typeof value.shopperId === "string";
		return isShopper ? (value as Shopper) : null;
	} catch {
		return null;
	}
}
