/** For what only we can get wrong. What a shopper or a provider can cause is a value, never an assertion. */

/** Thrown when a promise of the code itself is broken. The transaction around it is undone; nothing is written. */
export class InvariantError extends Error {
	override readonly name = "InvariantError";
}

/**
 * @param message a function where it takes longer to say than to check, and is checked often
 * @throws InvariantError unless `condition` holds
 */
export function assert(condition: boolean, message: string | (() => string)): asserts condition {
	if (!condition) throw new InvariantError(typeof message === "string" ? message : message());
}

/** Ends an exhaustive switch: a case that was added and not handled does not compile. */
export function assertNever(value: never): never {
	throw new InvariantError(`unreachable: ${JSON.stringify(value)}`);
}
