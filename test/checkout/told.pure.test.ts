/** What a checkout has told webhooks of, and what it is still to tell. */
import { describe, expect, it } from "vitest";
import type { Checkout } from "../../src/checkout/rules/model.ts";
import { dueEffect, wakeAtMs } from "../../src/checkout/rules/next-effect.ts";
import { toldVersionOf } from "../../src/checkout/rules/versions.ts";
import {
	answer,
	authorised,
	cancel,
	captured,
	cart,
	created,
	given,
	NOW,
	PRICE,
	pinned,
	after as play,
	refused,
	sold,
	toRead,
	toRecord,
	unpinned,
	voided,
	webhook,
} from "./saga-dsl.ts";

const toTell = { kind: "tell" } as const;
const untold = ({ toldVersion: _, ...checkout }: Checkout): Checkout => checkout as Checkout;
const heard = (checkout: Checkout): Checkout => ({ ...untold(checkout), isHeard: true });
const awaiting = (isHeard = true) => play((isHeard ? heard : untold)(cart(["a 1"])), pinned("a"), created);
const cancelled = (isHeard = true) => play(awaiting(isHeard), cancel, answer(voided), unpinned("a"));
const told = ({ version }: Checkout) => ({ kind: "told", version }) as const;
const deferred = { kind: "deferred", strand: "record", pauseMs: 10_000, unclear: false } as const;

describe("a checkout that has ended without a sale", () => {
	it("is told, again after a pause, until it is known to be told, and is no newer for it", () => {
		const ended = cancelled();
		given(ended).is({ phase: "closed" }).then(toTell);
		const sent = play(ended, deferred);
		expect(dueEffect(sent, NOW + 9_999)).toBeNull();
		expect(wakeAtMs(sent)).toBe(NOW + 10_000);
		expect(dueEffect(sent, NOW + 10_000)).toEqual(toTell);
		const acknowledged = play(sent, told(ended));
		given(acknowledged).then(null).is({ version: ended.version });
		expect(wakeAtMs(acknowledged)).toBeNull();
		// The queue acknowledges it twice, and what it was before.
		for (const version of [ended.version, ended.version - 1])
			expect(play(acknowledged, { kind: "told", version })).toBe(acknowledged);
	});

	it("is told by the first version already, which a checkout of earlier code may have ended with", () => {
		given({ ...cancelled(), version: 1 }).then(toTell);
	});

	it("is not told while it still gives back what it has", () => {
		given(awaiting(), cancel).then({ kind: "void" });
	});

	it("is told where nobody listens too, since D1 lists it by its shopper", () => {
		given(cancelled(false)).is({ phase: "closed" }).then(toTell);
	});

	it("is not told when it was refused, since nothing of it stays", () => {
		const gone = play(heard(cart(["a 1"])), refused("a"));
		given(gone).is({ phase: "closed", ending: "refused" }).then(null);
	});

	it("is told anew when it has changed, and not by an acknowledgement of what it was before", () => {
		const ended = play(cancelled(), told(cancelled()));
		// Its payment was captured after all, and is given back.
		const closed = play(ended, webhook(captured(PRICE)), answer(captured(PRICE, PRICE)));
		expect(closed.version).toBeGreaterThan(ended.version);
		given(closed).is({ phase: "closed" }).then(toTell);
		given(closed, told(ended)).then(toTell).and(told(closed)).then(null);
	});

	it("reads a payment in doubt before it is told", () => {
		const doubtful = { ...cancelled(), payment: { ...(cancelled().payment as object), inDoubt: true } } as Checkout;
		given(doubtful).then(toRead);
	});
});

describe("an order", () => {
	const completed = () => play(awaiting(), webhook(authorised(PRICE)), sold("a"), answer(captured(PRICE)));

	it("was told of as far as it was recorded, and stays so when D1 has lost it", () => {
		const order = completed();
		given(order).is({ phase: "completed" }).then(toRecord);
		expect(toldVersionOf(order)).toBe(0);
		const recorded = play(order, { kind: "recorded", version: order.version });
		expect(toldVersionOf(recorded)).toBe(order.version);
		const lost = play(recorded, { kind: "record-again" });
		given(lost).then(toRecord).is({ recordedVersion: 0, version: order.version });
		expect(toldVersionOf(lost)).toBe(order.version);
		// What D1 has of it after that was told too, and an older message takes nothing back.
		const changed = play(lost, { kind: "metadata", patch: { parcel: "JD0002" } });
		const again = play(changed, { kind: "recorded", version: changed.version });
		expect(toldVersionOf(again)).toBe(order.version + 1);
		expect(toldVersionOf(play(lost, { kind: "recorded", version: order.version - 1 }))).toBe(order.version);
	});

	it("of earlier code was told of as far as D1 has it, so that it is not told as new", () => {
		const order = completed();
		const { toldVersion: _, ...stored } = play(order, { kind: "recorded", version: order.version });
		expect(toldVersionOf(stored as Checkout)).toBe(order.version);
		expect(toldVersionOf(play(stored as Checkout, { kind: "record-again" }))).toBe(order.version);
	});
});
