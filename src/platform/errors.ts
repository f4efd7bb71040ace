/** Errors that more than one room knows. */

/** An object, or the way to it, cannot serve just now. The same request may succeed later. */
export class ObjectUnavailable extends Error {
	override readonly name: string = "ObjectUnavailable";
}

/** D1, or the way to it, cannot serve just now. */
export class DatabaseUnavailable extends ObjectUnavailable {
	override readonly name = "DatabaseUnavailable";
}

/** Whether D1 threw this: it was not reached, is overloaded, or refused the statement. */
export const isDatabaseError = (error: unknown): boolean =>
	error instanceof Error && /^D1_(EXEC_)?ERROR\b/.test(error.message);

export const lateObject = (): Error => new ObjectUnavailable("a Durable Object did not answer in time");

/** What an error says, for a log; something can be thrown that is no Error. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : "unknown error");
