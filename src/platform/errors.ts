/** Errors that more than one room knows. */

/** An object, or the way to it, cannot serve just now. The same request may succeed later. */
export class ObjectUnavailable extends Error {
	override readonly name = "ObjectUnavailable";
}

export const lateObject = (): Error => new ObjectUnavailable("a Durable Object did not answer in time");

/** What an error says, for a log; something can be thrown that is no Error. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : "unknown error");
