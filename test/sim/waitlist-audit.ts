/**
 * The order of a waitlist, from the journal of its SKU: who is promoted was the first of those who waited, and nobody
 * who came later got units while anybody waited.
 */
import type { EntryKind } from "../../src/stock/rules/model.ts";
import { type Violation, Violations } from "./violations.ts";

export interface Entry {
	readonly seq: number;
	readonly kind: EntryKind;
	readonly subjectId: string | null;
}

/** @param entries the whole journal, oldest first @returns what is against the order */
export function auditWaitlist(entries: readonly Entry[]): readonly Violation[] {
	const violations = new Violations();
	/** By reservation: who waits, and in which order they are served. */
	const waiting = new Map<string, number>();
	/** Reservations that have units. */
	const holding = new Set<string>();
	let [front, end] = [0, 0];
	for (const { seq, kind, subjectId } of entries) {
		if (subjectId === null) continue;
		const first = [...waiting].sort(([, a], [, b]) => a - b)[0]?.[0];
		switch (kind) {
			// A shopper who waits and wants more goes to the end.
			case "waiting":
				waiting.set(subjectId, ++end);
				break;
			case "bumped":
				waiting.set(subjectId, --front);
				holding.delete(subjectId);
				break;
			case "promoted":
				violations.expect(
					"who is promoted was first on the waitlist",
					subjectId === first,
					`entry ${seq}: ${subjectId} is promoted before ${first}`,
				);
				waiting.delete(subjectId);
				holding.add(subjectId);
				break;
			case "held":
			case "paying":
			case "sold":
				violations.expect(
					"nobody gets units before those who wait",
					holding.has(subjectId) || waiting.size === 0,
					`entry ${seq}: ${subjectId} gets units (${kind}) while ${first} waits`,
				);
				if (kind === "sold") holding.delete(subjectId);
				else holding.add(subjectId);
				break;
			case "left":
			case "converted":
			case "released":
			case "expired":
				waiting.delete(subjectId);
				holding.delete(subjectId);
				break;
			default:
				break;
		}
	}
	return violations.all;
}
