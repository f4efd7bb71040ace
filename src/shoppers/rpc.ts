/** What the object that counts a shopper's SKUs is asked, and what it answers. */

export type NoteResult =
	| { readonly kind: "noted" }
	/** None of them was noted. Asking again before `retryAtMs` gets the same answer. */
	| { readonly kind: "full"; readonly retryAtMs: number };

export interface HeldSkusRpc {
	/**
	 * Notes all of these SKUs, of which the shopper has something or is about to; or none, if there is no room for all.
	 */
	note(skus: readonly string[]): Promise<NoteResult>;
	/** The SKUs that were noted. An object of the version before does not have this method. */
	skus(): Promise<readonly string[]>;
}
