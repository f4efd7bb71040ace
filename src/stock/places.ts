/** Who of those that watch has another place on the waitlist than when they were last counted. */
export class Places {
	#before = new Map<string, number>();

	/** @param firstWaiting shoppers at the head of the waitlist, in order */
	moved(firstWaiting: readonly string[], isWatched: (shopperId: string) => boolean): string[] {
		const before = this.#before;
		this.#before = new Map();
		for (const [index, shopperId] of firstWaiting.entries())
			if (isWatched(shopperId)) this.#before.set(shopperId, index);
		return [...this.#before].flatMap(([shopperId, index]) => (before.get(shopperId) === index ? [] : [shopperId]));
	}
}
