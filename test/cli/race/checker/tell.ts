/** Tells a history in few words: who asked what, from when to when, and what they heard. */
import type { Answer, History, Operation, Promises, Request } from "../../../../src/cli/race/history.ts";

export interface Told extends Omit<Operation, "id" | "repeats"> {
	readonly repeats?: number;
}

/** A shop whose every word is of the moment. */
export const EXACT: Promises = { staleMs: 0, clockMs: 0, graceMs: 0 };

/** The operations get their ids in the order in which they are told. */
export const tell = (told: readonly Told[], promises: Partial<Promises> = {}): History => ({
	seed: 1,
	promises: { ...EXACT, ...promises },
	operations: told.map((operation, id) => ({ repeats: null, ...operation, id })),
});

/** `to` null: no answer came, and nobody waited for it. */
const told =
	(request: Request) =>
	(actor: string, [from, to]: readonly [number, number], answer: Answer | null, repeats?: number): Told => ({
		...{ actor, request, answer, calledAtMs: from, endedAtMs: to },
		...(repeats !== undefined && { repeats }),
	});

export const restock = (units: number, window: readonly [number, number] = [0, 0]): Told =>
	told({ kind: "restock", units })("merchant", window, { kind: "restocked" });
export const reserve = (actor: string, window: readonly [number, number], answer: Answer | null, units = 1) =>
	told({ kind: "reserve", units })(actor, window, answer);
export const checkOut = (actor: string, window: readonly [number, number], answer: Answer | null, units = 1) =>
	told({ kind: "check-out", units })(actor, window, answer);
export const pay = (actor: string, window: readonly [number, number], answer: Answer | null, units = 1) =>
	told({ kind: "pay", units, approves: true })(actor, window, answer);
export const payInVain = (actor: string, window: readonly [number, number], answer: Answer | null, units = 1) =>
	told({ kind: "pay", units, approves: false })(actor, window, answer);
export const release = (actor: string, window: readonly [number, number], answer: Answer | null) =>
	told({ kind: "release" })(actor, window, answer);
export const readOrder = (actor: string, window: readonly [number, number], answer: Answer | null) =>
	told({ kind: "read-order" })(actor, window, answer);
export const readStock = (window: readonly [number, number], available: number, sold: number | null = null) =>
	told({ kind: "read-stock" })("visitor", window, { kind: "stock", available, sold });
/** The same request again, with the same key. */
export const again = (operation: Told, repeats: number): Told => ({ ...operation, repeats });

export const held = (untilMs: number, units = 1): Answer => ({ kind: "held", units, untilMs });
export const sold = (units = 1): Answer => ({ kind: "sold", units });
export const owed = (units = 1): Answer => ({ kind: "owed", units });
export const waiting = (units = 1): Answer => ({ kind: "waiting", units });
export const carted = (units = 1): Answer => ({ kind: "carted", units });
export const refused: Answer = { kind: "refused" };
export const released: Answer = { kind: "released" };
export const declined: Answer = { kind: "declined" };
export const pending: Answer = { kind: "pending" };
export const none: Answer = { kind: "none" };
export const failed: Answer = { kind: "failed", status: 500 };
export const chargedForNothing: Answer = { kind: "charged-for-nothing" };
export const lost = null;
