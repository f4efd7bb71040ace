/**
 * Who was refused as sold out lately. Kept in the object's memory only, since a refused shopper must not cost a write: an
 * object that was loaded again has forgotten it.
 */
export class RefusedDemand {
	/** Units of reservations that were refused. */
	units = 0;
	#last: { readonly shopperId: string; readonly atMs: number } | null = null;
	/** The last refusal of anybody but the shopper of `#last`. */
	#lastOther: { readonly shopperId: string; readonly atMs: number } | null = null;

	note(shopperId: string, atMs: number): void {
		if (this.#last?.shopperId !== shopperId) this.#lastOther = this.#last;
		this.#last = { shopperId, atMs };
	}

	/** More units are there than those who were refused could know of: who comes now may have been served before. */
	forget(): void {
		this.#last = null;
		this.#lastOther = null;
	}

	/** When somebody else than this shopper was last refused; null for never. */
	lastOfOthersMs(shopperId: string): number | null {
		const last = this.#last?.shopperId === shopperId ? this.#lastOther : this.#last;
		return last?.atMs ?? null;
	}
}
