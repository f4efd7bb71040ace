/** The history of a drop: which payments the checker is told of as taken for nothing. */
import { expect, it } from "vitest";
import { DropHistory } from "../../../src/cli/drop/history.ts";
import { judgeHistory } from "../../../src/cli/race/judge.ts";

const GRACE_MS = 1_000;
const PAY_BY_MS = 10_000;
const UNITS_AT_MS = 500;

/** A buyer pre-orders, pays at this time, and gets the money back; meanwhile units come in. */
function paidAt(atMs: number) {
	const history = new DropHistory(["token"], 0, GRACE_MS);
	const tell = (name: string, calledAtMs: number, data: object) =>
		history.listen(name, "token", { calledAtMs, endedAtMs: calledAtMs + 10 }, { ok: true, data } as never);
	const usd = (amount: number) => ({ amount, currency: "USD" });
	const cart = { lines: [{ quantity: 1, fulfilment: "preorder" }], expiresAt: new Date(PAY_BY_MS).toISOString() };
	tell("checkout", 100, { ...cart, status: "awaiting_payment", payment: { status: "open" } });
	history.restocked(5, { calledAtMs: UNITS_AT_MS, endedAtMs: UNITS_AT_MS + 10 });
	tell("pay", atMs, { status: "captured", declined: null });
	const payment = { status: "captured", captured: usd(1999), refunded: usd(1999) };
	tell("read checkout", atMs + 1_000, { ...cart, status: "refunded", payment });
	return judgeHistory(history.history(1)).kind;
}

it("accuses no shop that pays back a pre-order which was paid after its end", () => {
	expect(paidAt(PAY_BY_MS + GRACE_MS + 1)).toBe("possible");
});

it("accuses a shop that pays back a pre-order which was paid in time", () => {
	expect(paidAt(PAY_BY_MS)).toBe("race");
	expect(paidAt(PAY_BY_MS + GRACE_MS)).toBe("race");
});
