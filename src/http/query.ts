/** What is wrong with the query of a request, whatever its parameters mean. Pure. */

export interface QueryFault {
	readonly path: readonly [string];
	readonly message: string;
}

/**
 * The first parameter that the route does not declare, that comes twice, or that is not UTF-8; null when all is well. A
 * filter that is misspelt would otherwise be answered with everything.
 * @param query what stands behind the question mark
 */
export function queryFault(query: string, parameters: ReadonlySet<string>): QueryFault | null {
	const seen = new Set<string>();
	for (const pair of query.split("&")) {
		if (pair === "") continue;
		const [encoded = "", ...values] = pair.split("=");
		const name = decode(encoded);
		if (name === null || values.some((value) => decode(value) === null)) {
			return { path: [name ?? encoded], message: "must be percent-encoded UTF-8" };
		}
		if (!parameters.has(name)) return { path: [name], message: "is not a parameter of this address" };
		if (seen.has(name)) return { path: [name], message: "comes twice" };
		seen.add(name);
	}
	return null;
}

/** Null when it is not UTF-8: half of a surrogate pair has no form in it. */
function decode(encoded: string): string | null {
	try {
		return decodeURIComponent(encoded.replaceAll("+", " "));
	} catch {
		return null;
	}
}
