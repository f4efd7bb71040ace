/** A processor does one thing at a time, in the order in which things come. */
export class Processor {
	/** When it has done everything that has come so far. */
	busyUntilMs = 0;

	/** @returns when it begins with this */
	take(nowMs: number, takesMs: number): number {
		const startMs = Math.max(nowMs, this.busyUntilMs);
		this.busyUntilMs = startMs + takesMs;
		return startMs;
	}
}
