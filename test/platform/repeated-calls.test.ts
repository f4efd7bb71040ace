/**
 * Every call to an object may be sent twice: `platform/durable-object.ts` sends it again when its answer was lost in
 * passing. Here stands for each method of each object why that is harmless, and each is really called twice: the second
 * time must change nothing of what was stored by the first.
 *
 * A new method fails to compile, and fails the first test of its object, until it stands here with its reason.
 */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import type { CheckoutRpc } from "../../src/checkout/rpc.ts";
import type { Payment } from "../../src/payments/provider.ts";
import { sandboxObject } from "../../src/payments/sandbox/provider.ts";
import type { SandboxObject } from "../../src/payments/sandbox/sandbox.ts";
import type { HeldSkusRpc } from "../../src/shoppers/rpc.ts";
import { reserveMany } from "../../src/stock/reserve-columns.ts";
import type { Sale, SkuRpc } from "../../src/stock/rpc.ts";
import { aDraft, SkuHarness } from "../stock/sku-harness.ts";
import { useStoppedClock } from "../support/clock.ts";
import { newProduct, opened, stockOf } from "../support/merchant.ts";
import { paymentAtProvider } from "../support/provider.ts";
import { newShopper, paymentIdOf } from "../support/shopper.ts";
import { CheckoutObject, HoldingsObject, SandboxObject as SandboxClass, SkuObject } from "../support/worker.ts";

useStoppedClock();

interface Repeatable<Subject> {
	/** Why a second call does no harm. */
	readonly because: string;
	readonly call: (subject: Subject) => unknown;
	/** True when the second answer may be another one, although nothing has changed. */
	readonly answersDiffer?: boolean;
}

const READS = "it reads";
const KEYED = "its key takes effect once";
const BY_STATE = "it asks for a state, which is there the second time";

/** The answer says how many units this call has freed, and the second frees none. */
const FREED_ONCE = true;

/** Methods that the platform calls, and no caller of ours. */
const OF_THE_PLATFORM = ["constructor", "alarm", "webSocketMessage", "webSocketClose", "webSocketError"];

const methodsOf = (object: { readonly prototype: object }): string[] =>
	Object.getOwnPropertyNames(object.prototype).filter((name) => !OF_THE_PLATFORM.includes(name));

const named = <Call extends object>(calls: Readonly<Record<string, Call>>) =>
	Object.entries(calls).map(([name, call]) => ({ name, ...call }));

/** Calls the method twice on a new subject, and compares what is stored, and what was answered. */
async function expectHarmless<Subject>(
	{ call, answersDiffer = false }: Repeatable<Subject>,
	newSubject: () => Promise<Subject>,
	stateOf: (subject: Subject) => Promise<unknown>,
): Promise<void> {
	const subject = await newSubject();
	const first = await call(subject);
	const once = await stateOf(subject);
	const second = await call(subject);
	expect(await stateOf(subject)).toEqual(once);
	if (!answersDiffer) expect(second).toEqual(first);
}

// ---- The stock of a SKU

/** Ada holds two units, Bob pays for two, Cyd has bought one, and Dan is owed one. */
async function newSku(): Promise<SkuHarness> {
	const sku = await SkuHarness.with(5, { preorder: { capacity: 5, expectedAtMs: null, termsVersion: "v1" } });
	await sku.reserve("ada", 2);
	await sku.buy("cyd");
	await sku.object.pin({ shopperId: "bob", checkoutId: "co-bob", quantity: 2, acceptPreorder: false });
	await sku.buy("dan", 1, true);
	return sku;
}

const reservationOf = async (sku: SkuHarness, shopperId: string) =>
	(await sku.stored()).reservations.find((row) => row.shopperId === shopperId)?.id ?? "none";

/** Ada is to be told of a promotion; the queue has not heard of it. */
const oweMail = async (sku: SkuHarness) =>
	sku.tamper(`INSERT OR IGNORE INTO addresses (reservationId, shopperId, email, origin, promotion)
		VALUES ('${await reservationOf(sku, "ada")}', 'ada', 'ada@example.com', 'https://shop.example', 'promotion-1')`);

const SKU_CALLS: Readonly<Record<keyof SkuRpc, Repeatable<SkuHarness>>> = {
	define: {
		because: KEYED,
		call: ({ id, object }) =>
			object.define(aDraft(id), { change: { title: "Lantern" }, ifMatch: ["1"], key: "request-1" }),
	},
	archive: {
		because: KEYED,
		call: ({ object }) => object.archive(true, { ifMatch: ["1"], key: "request-1" }),
	},
	reserveMany: {
		because: `${BY_STATE}; with If-Match the second is refused as stale`,
		call: ({ object }) =>
			reserveMany(object, [
				{ shopperId: "ada", quantity: 1, wait: false, ifMatch: null },
				{ shopperId: "eve", quantity: 1, wait: true, ifMatch: null },
			]),
		// The shopper is told whether the reservation is new.
		answersDiffer: true,
	},
	reservation: { because: READS, call: ({ object }) => object.reservation("ada") },
	reservationMany: { because: READS, call: ({ object }) => object.reservationMany(["ada", "eve"]) },
	release: {
		because: `${BY_STATE}, with If-Match too`,
		answersDiffer: FREED_ONCE,
		call: async (sku) => sku.object.release("ada", [`${await reservationOf(sku, "ada")}.1`]),
	},
	extend: { because: KEYED, call: ({ object }) => object.extend("ada", null, "request-1") },
	availability: { because: READS, call: ({ object }) => object.availability() },
	fetch: {
		because: "it opens a socket; the one of a lost answer closes with its request",
		call: async ({ object }) => {
			const { webSocket } = await object.fetch(new Request("https://sku", { headers: { upgrade: "websocket" } }));
			webSocket?.accept();
			webSocket?.close();
		},
	},
	ownMessages: { because: READS, call: ({ object }) => object.ownMessages(["ada", "nobody"], true) },
	pin: {
		because: BY_STATE,
		call: ({ object }) => object.pin({ shopperId: "ada", checkoutId: "co-ada", quantity: 2, acceptPreorder: false }),
	},
	commit: {
		because: BY_STATE,
		call: ({ object }) => object.commit({ shopperId: "bob", checkoutId: "co-bob", quantity: 2, acceptPreorder: false }),
	},
	unpin: { because: BY_STATE, call: ({ object }) => object.unpin("bob", "co-bob", true), answersDiffer: FREED_ONCE },
	hasOpenClaim: { because: READS, call: ({ object }) => object.hasOpenClaim("ada") },
	givenBack: {
		because: "it says how many were paid back in all",
		call: ({ object }) => object.givenBack("cyd", "co-cyd", 1),
	},
	sales: { because: READS, call: ({ object }) => object.sales("", 10) },
	recordPreordersAgain: {
		because: BY_STATE,
		call: async ({ object }) => {
			const [dan] = (await object.sales("", 10)) as readonly Sale[];
			await object.recordPreordersAgain([dan?.recordedPreorder?.id ?? "none"]);
		},
	},
	takeBack: {
		because: "it says how many are to be back in all",
		call: ({ object }) => object.takeBack("cyd", "co-cyd", 1),
	},
	cancelPreorder: { because: BY_STATE, call: ({ object }) => object.cancelPreorder("dan", "co-dan") },
	preordersRecorded: {
		because: "the highest version that was acknowledged counts",
		call: async (sku) => {
			const [row] = (await sku.stored()).preorders;
			await sku.object.preordersRecorded([{ id: row?.id ?? "", version: row?.version ?? 0 }]);
		},
	},
	newsTold: {
		because: "the highest version that was acknowledged counts, and what was told once is gone",
		call: ({ object }) => object.newsTold({ stock: { version: 3, isSoldOut: false }, seq: 2 }),
	},
	takeMail: {
		because: "whoever took it gets it again, by its key",
		call: async (sku) => {
			await oweMail(sku);
			return sku.object.takeMail("promotion-1", "taker-1");
		},
	},
	forgetAddress: {
		because: BY_STATE,
		call: async (sku) => {
			await oweMail(sku);
			await sku.object.forgetAddress("ada");
		},
	},
	mailSettled: {
		because: "it is settled for who has taken it, and nobody has it after that",
		call: async (sku) => {
			await oweMail(sku);
			await sku.object.takeMail("promotion-1", "taker-1");
			await sku.object.mailSettled("promotion-1", "taker-1", true);
		},
	},
	restock: { because: KEYED, call: (sku) => sku.restock(3, "restock po-1") },
	adjust: {
		because: `${KEYED}, and every request has one`,
		call: ({ object }) =>
			object.adjust({ delta: 5, reason: "found", force: false }, { key: "adjust own 1", fingerprint: "f" }),
	},
	releaseById: {
		because: BY_STATE,
		call: async (sku) => sku.object.releaseById(await reservationOf(sku, "ada")),
		answersDiffer: FREED_ONCE,
	},
	stock: { because: READS, call: ({ object }) => object.stock() },
	listReservations: { because: READS, call: ({ object }) => object.listReservations(null, "", 10) },
	journal: { because: READS, call: ({ object }) => object.journal(0, 10) },
	rebuild: {
		because: "it sends what D1 should have, and D1 keeps the newest",
		call: ({ object }) => object.rebuild("", 10),
	},
	buyers: { because: READS, call: ({ object }) => object.buyers("", 10) },
	suspects: { because: READS, call: ({ object }) => object.suspects(10) },
};

describe("a call to a SKU", () => {
	it("is named here with its reason, whichever it is", () => {
		expect(Object.keys(SKU_CALLS).sort()).toEqual(methodsOf(SkuObject).sort());
	});

	it.each(named(SKU_CALLS))("$name takes effect once when it is sent twice: $because", async (repeatable) => {
		// When the alarm rings depends on what else is due, and it is no part of the stock.
		const stateOf = async (sku: SkuHarness) => ({
			...(await sku.stored()),
			alarmAtMs: null,
			product: await productOf(sku),
		});
		await expectHarmless(repeatable, newSku, stateOf);
	});
});

const productOf = async (sku: SkuHarness) => (await sku.report()).product;

// ---- A checkout

interface Bought {
	readonly id: string;
	readonly shopperId: string;
	readonly sku: string;
	readonly paymentId: string;
	readonly object: CheckoutRpc;
	readonly payment: Payment;
}

const PREORDER = { capacity: 9, termsVersion: "v1" };

/** A paid checkout of three units, or with `units` 0 of three that are pre-ordered. */
async function newPurchase(units: number, pays = true, isExternal = false): Promise<Bought> {
	const sku = await newProduct({ units, policy: { preorder: PREORDER } });
	const shopper = await newShopper();
	const lines = [{ sku, quantity: 3 }];
	const checkout = isExternal
		? await opened(shopper.id, lines, { payment: "external" })
		: await shopper[pays ? "buy" : "checkout"](lines, { acceptPreorder: units === 0 });
	const { id } = checkout;
	const paymentId = paymentIdOf(checkout);
	const object = env.CHECKOUT.getByName(id) as unknown as CheckoutRpc;
	const payment = isExternal ? null : await paymentAtProvider(paymentId);
	return { id, shopperId: shopper.id, sku, paymentId, object, payment: payment as Payment };
}

/** What the checkout, the SKU and the provider have. When D1 has the order is not of these: that is the queue's. */
async function booksOf({ id, sku, paymentId }: Bought) {
	const checkout = await env.CHECKOUT.getByName(id).read();
	const { policy: _, ...stock } = await stockOf(sku);
	const { phase, lines, payment, metadata } = checkout as NonNullable<typeof checkout>;
	return {
		phase,
		lines,
		metadata,
		seen: payment?.seen,
		stock,
		atProvider: checkout?.isExternal ? null : await paymentAtProvider(paymentId),
	};
}

type CheckoutCall = Repeatable<Bought> & { readonly subject?: () => Promise<Bought> };
const inStock = () => newPurchase(5);
const preordered = () => newPurchase(0);
const unpaid = () => newPurchase(5, false);

const CHECKOUT_CALLS: Readonly<Record<keyof CheckoutRpc, CheckoutCall>> = {
	open: {
		because: "the id of a checkout is made of its key",
		call: ({ id, shopperId, sku, object }) => {
			const lines = [{ sku, quantity: 1 }];
			return object.open({ id, shopperId, lines, email: "ada@example.com", acceptPreorder: false, partial: false }, "");
		},
	},
	openForMerchant: {
		because: "the id of a checkout is made of its key",
		call: ({ id, shopperId, sku, object }) => {
			const request = { id, shopperId, email: "ada@example.com", acceptPreorder: false, partial: false };
			return object.openForMerchant({ ...request, lines: [{ sku, quantity: 1 }], adjustments: [] }, "");
		},
	},
	paidOutside: {
		because: "a checkout is paid by one reference",
		call: ({ object }) =>
			object.paidOutside({ reference: "psp-1", paidAtMs: 1, amountMinor: 3 * 1999, currency: "USD" }),
		subject: () => newPurchase(5, false, true),
		answersDiffer: true,
	},
	setMetadata: {
		because: BY_STATE,
		call: ({ object }) => object.setMetadata({ parcel: "JD0002", cart: null }),
		answersDiffer: true,
	},
	read: { because: READS, call: ({ object }) => object.read(), answersDiffer: true },
	cancel: { because: BY_STATE, call: ({ object }) => object.cancel(), subject: unpaid, answersDiffer: true },
	paymentEvent: {
		because: "an event is taken once, by its id",
		call: ({ object, payment }) => object.paymentEvent("evt_1", payment),
		answersDiffer: true,
	},
	comparePayment: { because: "it takes over what the provider has", call: ({ object }) => object.comparePayment() },
	recorded: { because: "the highest version that was acknowledged counts", call: ({ object }) => object.recorded(1) },
	told: { because: "the highest version that was acknowledged counts", call: ({ object }) => object.told(1) },
	settlementRecorded: {
		because: "the highest version that was acknowledged counts",
		call: ({ object }) => object.settlementRecorded(1),
	},
	retrySettlement: {
		because: "it does what is still to be done, and that is done once",
		call: ({ object }) => object.retrySettlement(),
		answersDiffer: true,
	},
	preorderSeen: {
		because: BY_STATE,
		call: ({ sku, object }) => object.preorderSeen(sku, "filled"),
		subject: preordered,
	},
	recordAgain: {
		because: "it sends the order again, and D1 keeps the newest",
		call: ({ object }) => object.recordAgain(),
	},
	refund: {
		because: `${KEYED}, and every request has one`,
		call: ({ sku, object }) => object.refund([{ sku, quantity: 1 }], true, "damaged", "own 1", "f"),
		answersDiffer: true,
	},
	cancelPreorder: {
		because: BY_STATE,
		call: ({ sku, object }) => object.cancelPreorder(sku),
		subject: preordered,
		answersDiffer: true,
	},
	erase: {
		because: BY_STATE,
		call: ({ object }) => object.erase(null, "admin"),
		// The second time D1 may have it already.
		answersDiffer: true,
	},
	events: { because: READS, call: ({ object }) => object.events(), answersDiffer: true },
};

describe("a call to a checkout", () => {
	it("is named here with its reason, whichever it is", () => {
		expect(Object.keys(CHECKOUT_CALLS).sort()).toEqual(methodsOf(CheckoutObject).sort());
	});

	it.each(named(CHECKOUT_CALLS))("$name takes effect once when it is sent twice: $because", async (repeatable) => {
		await expectHarmless(repeatable, repeatable.subject ?? inStock, booksOf);
	});
});

// ---- The SKUs of a shopper

const HELD_SKUS_CALLS: Readonly<Record<keyof HeldSkusRpc, Repeatable<string>>> = {
	skus: { because: READS, call: (shopperId) => env.HOLDINGS.getByName(shopperId).skus() },
	note: { because: "it is a set", call: (shopperId) => env.HOLDINGS.getByName(shopperId).note(["a", "b"]) },
};

describe("a call to the object that counts a shopper's SKUs", () => {
	it("is named here with its reason, whichever it is", () => {
		expect(Object.keys(HELD_SKUS_CALLS).sort()).toEqual(methodsOf(HoldingsObject).sort());
	});

	it.each(named(HELD_SKUS_CALLS))("$name takes effect once when it is sent twice: $because", async (repeatable) => {
		const stateOf = (shopperId: string) =>
			runInDurableObject(env.HOLDINGS.getByName(shopperId), (_object, { storage }) => [...storage.kv.list()]);
		await expectHarmless(repeatable, async () => crypto.randomUUID(), stateOf);
	});
});

// ---- The sandbox provider

type SandboxMethod = Exclude<keyof SandboxObject, keyof DurableObject | "__DURABLE_OBJECT_BRAND">;

/** A payment of 1,000: open, authorised or captured. */
async function newPayment(outcome?: "approve" | "capture"): Promise<string> {
	const created = await create(crypto.randomUUID());
	if (created.kind !== "ok") throw new Error(created.kind);
	if (outcome !== undefined) await sandboxObject(env).confirm(created.payment.id, { outcome, silent: true });
	return created.payment.id;
}

const create = (key: string) =>
	sandboxObject(env).create({
		...{ checkoutId: `co_${"0".repeat(32)}`, amountMinor: 1_000, currency: "USD", email: "ada@example.com", key },
		allowDelayedMethods: false,
	} as Parameters<SandboxObject["create"]>[0]);

type SandboxCall = Repeatable<string> & { readonly subject?: () => Promise<string> };
const authorised = () => newPayment("approve");
const captured = () => newPayment("capture");

const SANDBOX_CALLS: Readonly<Record<SandboxMethod, SandboxCall>> = {
	create: { because: KEYED, call: (id) => create(`create ${id}`) },
	read: { because: READS, call: (id) => sandboxObject(env).read(id) },
	void: { because: KEYED, call: (id) => sandboxObject(env).void(id, `void ${id}`) },
	capture: { because: KEYED, call: (id) => sandboxObject(env).capture(id, 900, `capture ${id}`), subject: authorised },
	refund: { because: KEYED, call: (id) => sandboxObject(env).refund(id, 100, `refund ${id}`), subject: captured },
	confirm: {
		because: "a payment is paid once",
		call: (id) => sandboxObject(env).confirm(id, { outcome: "approve", silent: true }),
	},
	incident: {
		because: "what has happened to a payment does not happen to it again",
		call: (id) => sandboxObject(env).incident(id, { kind: "dispute-opened", silent: true }),
		subject: captured,
		answersDiffer: true,
	},
	peek: { because: READS, call: (id) => sandboxObject(env).peek(id) },
	settled: { because: READS, call: (id) => sandboxObject(env).settled(id) },
	setFaults: {
		because: "it replaces the list",
		call: () => sandboxObject(env).setFaults([{ call: "void", fail: "no", delayMs: 1, times: 1 }]),
	},
	faults: { because: READS, call: () => sandboxObject(env).faults() },
	books: { because: READS, call: () => sandboxObject(env).books(null, 10) },
	webhookSecret: { because: "the secret is made once", call: () => sandboxObject(env).webhookSecret() },
};

describe("a call to the sandbox provider", () => {
	it("is named here with its reason, whichever it is", () => {
		expect(Object.keys(SANDBOX_CALLS).sort()).toEqual(methodsOf(SandboxClass).sort());
	});

	it.each(named(SANDBOX_CALLS))("$name takes effect once when it is sent twice: $because", async (repeatable) => {
		const stateOf = () =>
			runInDurableObject(sandboxObject(env), (_object: SandboxObject, { storage }) =>
				["* FROM payments", "* FROM keys", "call, fail, delayMs, times FROM faults"].map((query) =>
					storage.sql.exec(`SELECT ${query}`).toArray(),
				),
			);
		await expectHarmless(repeatable, repeatable.subject ?? (() => newPayment()), stateOf);
	});
});
