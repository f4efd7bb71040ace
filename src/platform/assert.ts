/** For what only we can get wrong. What a shopper or a provider can cause is a value, never an assertion. */

/** Thrown when a promise of the code itself is broken. The transaction around it is undone, so nothing is written. */
export class InvariantError extends Error {
	override readonly name = "InvariantError";
}

/**
 * @param message a function where the text is dear and the check is frequent
 * @throws InvariantError unless `condition` is true
 */
export function assert(condition: boolean, message: string | (() => string)): asserts condition {
	if (!condition) throw new InvariantError(typeof message === "string" ? message : message());
}

/** Ends an exhaustive switch: a case that is added and not handled does not compile. */
export function assertNever(value: never): never {
	throw new InvariantError(`unreachable: ${JSON.stringify(value)}`);
}
