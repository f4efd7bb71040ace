/** What several requests and answers of a history say together. */
import type { History, Operation, Request } from "../history.ts";

/**
 * The requests by which a shop makes no holds: it has answered one by putting units into a cart, and none by a hold. Who got
 * no answer to such a request has got no hold.
 */
export function withoutHolds({ operations }: History): ReadonlySet<Request["kind"]> {
	const answered = (kind: string) =>
		operations.filter(({ answer }) => answer?.kind === kind).map(({ request }) => request.kind);
	const held = new Set(answered("held"));
	return new Set(answered("carted").filter((kind) => !held.has(kind)));
}

/** The first operation of which each is a repetition; itself for most. */
export function intentsOf(operations: readonly Operation[]): ReadonlyMap<number, readonly Operation[]> {
	const roots = new Map<number, number>();
	const intents = new Map<number, Operation[]>();
	for (const operation of operations) {
		const root = operation.repeats === null ? operation.id : (roots.get(operation.repeats) ?? operation.repeats);
		roots.set(operation.id, root);
		const intent = intents.get(root);
		if (intent === undefined) intents.set(root, [operation]);
		else intent.push(operation);
	}
	return intents;
}

/** Whether the answer says what became of the request. */
export function isTold({ request, answer }: Operation): boolean {
	switch (answer?.kind) {
		case undefined:
		case "failed":
		case "pending":
			return false;
		// A payment that is answered by a hold is not decided yet.
		case "held":
		case "carted":
		case "waiting":
			return request.kind !== "pay";
		default:
			return true;
	}
}

export function earliestEnd(operations: readonly Operation[]): Operation | null {
	return operations.reduce<Operation | null>(
		(earliest, operation) => (earliest !== null && earliest.endedAtMs <= operation.endedAtMs ? earliest : operation),
		null,
	);
}
