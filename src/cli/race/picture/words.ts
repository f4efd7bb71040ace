/** What was asked and what was told, in words for people. */
import type { Operation } from "../history.ts";

const units = (count: number): string => (count === 1 ? "1 unit" : `${count} units`);

/** What the caller asked for: `reserve 1 unit`. */
export function askedText({ request, repeats }: Operation): string {
	const again = repeats === null ? "" : ", the same again";
	switch (request.kind) {
		case "restock":
			return `restock ${units(request.units)}${again}`;
		case "reserve":
			return `reserve ${units(request.units)}${again}`;
		case "release":
			return `give back${again}`;
		case "check-out":
			return `check out ${units(request.units)}${again}`;
		case "pay":
			return `pay for ${units(request.units)}${request.approves ? "" : ", the bank says no"}${again}`;
		case "read-order":
			return "look at the order";
		case "read-stock":
			return "look at the stock";
	}
}

/**
 * What the caller was told: `sold 1 unit`.
 * @param startMs times are told since then; null leaves them out
 */
export function toldText({ answer }: Operation, startMs: number | null = null): string {
	if (answer === null) return "no answer";
	switch (answer.kind) {
		case "held": {
			const until = startMs === null ? "" : ` until ${timeText(answer.untilMs - startMs)}`;
			return `${units(answer.units)} held${until}`;
		}
		case "carted":
			return `${units(answer.units)} in the cart`;
		case "waiting":
			return "on the waitlist";
		case "refused":
			return "refused";
		case "released":
			return "given back";
		case "sold":
			return `${units(answer.units)} sold`;
		case "declined":
			return "declined";
		case "charged-for-nothing":
			return "charged for nothing";
		case "owed":
			return `${units(answer.units)} to come`;
		case "pending":
			return "not decided yet";
		case "none":
			return "nothing there";
		case "stock":
			return `${answer.available} left${answer.sold === null ? "" : `, ${answer.sold} sold`}`;
		case "restocked":
			return "done";
		case "failed":
			return `the shop failed (${answer.status})`;
	}
}

/** Milliseconds as `+0.012 s`. */
export const timeText = (ms: number): string => `+${(ms / 1000).toFixed(3)} s`;

/** Both in a few letters, for a bar: `pay: sold`. The units are said where there are several. */
export function barText(operation: Operation): string {
	const { request, answer } = operation;
	const count = "units" in request && request.units !== 1 ? ` ${request.units}` : "";
	return `${VERBS[request.kind]}${count}: ${BRIEFLY[answer?.kind ?? ""] ?? toldText(operation)}`;
}

const VERBS: Readonly<Record<Operation["request"]["kind"], string>> = {
	restock: "restock",
	reserve: "reserve",
	release: "give back",
	"check-out": "check out",
	pay: "pay",
	"read-order": "look",
	"read-stock": "look",
};

const BRIEFLY: Readonly<Record<string, string>> = {
	held: "held",
	carted: "in the cart",
	waiting: "waits",
	sold: "sold",
	owed: "to come",
	pending: "not decided",
};
