/** Random numbers that a seed decides. */

/**
 * Mulberry32: a generator with 32 bits of state, good enough to scatter arrivals. It mixes its seed, which pure-rand's
 * generators do not: the seeds of two buyers differ in few bits, and so would their first draws.
 * @returns numbers from 0 up to, not including, 1
 */
export function mulberry32(seed: number): () => number {
	let state = seed >>> 0;
	return () => {
		state = (state + 0x6d2b79f5) >>> 0;
		let mixed = Math.imul(state ^ (state >>> 15), state | 1);
		mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
	};
}
