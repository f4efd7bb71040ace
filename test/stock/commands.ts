/**
 * The steps of a random history: what shoppers, checkouts, the merchant, the clock and the machine may do to one SKU.
 */
import { evictDurableObject, runDurableObjectAlarm } from "cloudflare:test";
import * as fc from "fast-check";
import { reserveMany } from "../../src/stock/reserve-columns.ts";
import type { ReservationSnapshot, ReserveResult } from "../../src/stock/rpc.ts";
import { aPolicy } from "./builders.ts";
import type { Drawn, History } from "./history.ts";
import type { Checkout, ReserveInput, Result } from "./model.ts";
import { START } from "./sku-harness.ts";

type Step = (history: History) => Promise<void>;

/** One drawn step, with a name that a failure can be read by. */
class Command implements fc.AsyncCommand<object, History> {
	readonly #name: string;
	readonly #step: Step;

	constructor(name: string, step: Step) {
		this.#name = name;
		this.#step = step;
	}

	check(): boolean {
		return true;
	}

	run(_: object, history: History): Promise<void> {
		return this.#step(history);
	}

	toString(): string {
		return this.#name;
	}
}

const command = <T>(name: string, drawn: fc.Arbitrary<T>, step: (history: History, drawn: T) => Promise<void>) =>
	drawn.map((value) => new Command(`${name}(${JSON.stringify(value)})`, (history) => step(history, value)));

// ---- The object's results in the model's form

const fromSnapshot = (r: ReservationSnapshot): Result => ({
	status: r.status,
	units: r.quantity,
	until: r.expiresAtMs,
	version: r.version,
	position: r.position,
	extensionsLeft: r.extensionsLeft,
});

function fromResult(result: object & { readonly kind: string }): Result {
	const a = result as Record<string, unknown> & { readonly reservation?: ReservationSnapshot; readonly stock?: object };
	return {
		...result,
		...a.stock,
		...(a.reservation && fromSnapshot(a.reservation)),
		...("checkoutId" in a && { checkout: a["checkoutId"] }),
		...("lastStatus" in a && { last: a["lastStatus"] }),
		...("preorder" in a && { preorderRemaining: (a["preorder"] as { remaining: number } | null)?.remaining ?? 0 }),
		...("payByMs" in a && { payBy: a["payByMs"] }),
	};
}

/** A pin's result has the end of the payment window, and the model's has the end of the grace after it. */
const payBy = (history: History, { until, ...rest }: Result): Result =>
	typeof until === "number" ? { ...rest, payBy: until - history.model.policy.paymentGraceMs } : rest;

// ---- Values

const shopper = fc.constantFrom("ada", "bob", "cyd", "dan");
const units = fc.constantFrom(1, 1, 1, 2, 2, 3, 4);
const accept = fc.constantFrom(true, true, false);
const reserveInput: fc.Arbitrary<ReserveInput> = fc.record({
	shopper,
	units,
	wait: accept,
	match: fc.constantFrom(...Array<"none">(20).fill("none"), "current", "old", "any"),
});
/** One of the checkouts so far, counted back from the last. */
const which = fc.constantFrom(0, 0, 0, 0, 1, 1, 2, 3);

const toRequest = (history: History, { shopper: shopperId, units: quantity, wait, match }: ReserveInput) => ({
	shopperId,
	quantity,
	wait,
	ifMatch: match === "none" ? null : match === "any" ? ("*" as const) : [history.tagOf(shopperId, match)],
});
const pinOf = ({ id: checkoutId, shopper: shopperId, units: quantity, accept: acceptPreorder, attempt }: Checkout) => ({
	...{ shopperId, checkoutId, quantity, acceptPreorder },
	...(attempt !== undefined && { attempt }),
});

/** Does a step to a checkout, if there are that many. */
async function withCheckout(
	history: History,
	back: number,
	step: (checkout: Checkout) => Promise<void>,
): Promise<void> {
	const checkout = history.checkouts.at(-1 - back);
	if (checkout !== undefined) await step(checkout);
}

const doPin = (history: History, checkout: Checkout) =>
	history.step(
		async ({ object }) => fromResult(await object.pin(pinOf(checkout))),
		(model) => payBy(history, model.pin(checkout)),
	);

const doCommit = (history: History, checkout: Checkout) =>
	history.step(
		async ({ object }) => fromResult(await object.commit(pinOf(checkout))),
		(model) => model.commit(checkout),
	);

// ---- Steps

const reserveOne = (history: History, input: ReserveInput) =>
	history.step(
		async ({ object }) => {
			const results = await reserveMany(object, [toRequest(history, input)]);
			return fromResult((results as ReserveResult[])[0] as ReserveResult);
		},
		(model) => model.reserve(input),
	);

const reserve = command("reserve", reserveInput, reserveOne);
/** One unit more or less than the shopper has. On the waitlist it moves them to the end, or may serve them. */
const resize = command("resize", fc.record({ shopper, by: fc.constantFrom(1, -1) }), async (history, drawn) => {
	const live = history.model.live(drawn.shopper);
	if (live === undefined || live.units + drawn.by < 1) return;
	await reserveOne(history, { shopper: drawn.shopper, units: live.units + drawn.by, wait: true, match: "none" });
});
const reserveBatch = command("reserveMany", fc.array(reserveInput, { minLength: 2, maxLength: 4 }), (history, inputs) =>
	history.step(
		async ({ object }) => {
			// The tags are those from before the batch, and the model knows only current ones, so none is sent.
			const plain = inputs.map((input) => toRequest(history, { ...input, match: "none" }));
			return ((await reserveMany(object, plain)) as ReserveResult[]).map(fromResult);
		},
		(model) => inputs.map((input) => model.reserve({ ...input, match: "none" })),
	),
);
const release = command("release", shopper, (history, shopperId) =>
	history.step(
		async ({ object }) => fromResult(await object.release(shopperId)),
		(model) => model.unlessUnknown(model.release(model.shown(shopperId))),
	),
);
const extend = command("extend", shopper, (history, shopperId) =>
	history.step(
		async ({ object }) => fromResult(await object.extend(shopperId)),
		(model) => model.extend(shopperId),
	),
);
const read = command("read", shopper, (history, shopperId) =>
	history.step(
		async ({ object }) => {
			const found = await object.reservation(shopperId);
			return found.kind === "found" ? fromSnapshot(found.reservation) : found;
		},
		(model) => {
			const last = model.shown(shopperId);
			if (last !== undefined) return model.snapshot(last);
			return { kind: model.isArchived ? "unknown-sku" : "no-reservation" };
		},
	),
);
const look = command("look", fc.constant(null), (history) =>
	history.step(
		async ({ object }) => {
			const result = await object.availability();
			if (result.kind !== "availability") return result;
			const { preorderRemaining, ...rest } = result.availability;
			return { kind: result.kind, preorderRemaining, ...rest };
		},
		(model) => model.availability(),
	),
);

/** Now and then a checkout is of code that does not name attempts. */
const attempt = fc.constantFrom(undefined, 1, 1, 1, 1);

const pin = command("pin", fc.record({ shopper, units, accept, attempt }), async (history, drawn) => {
	const checkout = { ...drawn, id: `co-${history.checkouts.length}` };
	history.checkouts.push(checkout);
	await doPin(history, checkout);
});
const pinHold = command(
	"pinHold",
	fc.record({ shopper, accept }),
	async (history, { shopper: shopperId, accept: accepts }) => {
		const live = history.model.live(shopperId);
		if (live === undefined) return;
		const checkout = {
			...{ id: `co-${history.checkouts.length}`, shopper: shopperId, units: live.units, accept: accepts },
			attempt: 1,
		};
		history.checkouts.push(checkout);
		await doPin(history, checkout);
	},
);
const pinAgain = command("pinAgain", which, (history, back) =>
	withCheckout(history, back, (checkout) => doPin(history, checkout)),
);
const commit = command("commit", which, (history, back) =>
	withCheckout(history, back, (checkout) => doCommit(history, checkout)),
);
const doUnpin = (history: History, checkout: Checkout, keepHold: boolean) =>
	history.step(
		async ({ object }) => fromResult(await object.unpin(checkout.shopper, checkout.id, keepHold, checkout.attempt)),
		(model) => model.unpin(checkout),
	);
const unpin = command("unpin", fc.record({ which, keepHold: fc.boolean() }), (history, drawn) =>
	withCheckout(history, drawn.which, (checkout) => doUnpin(history, checkout, drawn.keepHold)),
);
const reopen = command("reopen", which, (history, back) =>
	withCheckout(history, back, async (checkout) => {
		const next = { ...checkout, attempt: (checkout.attempt ?? 0) + 1 };
		history.checkouts[history.checkouts.indexOf(checkout)] = next;
		await doPin(history, next);
	}),
);
/** A message of an attempt before the checkout's newest. */
const late = command("late", fc.record({ which, verb: fc.constantFrom("pin", "commit", "unpin") }), (history, drawn) =>
	withCheckout(history, drawn.which, async (checkout) => {
		if (checkout.attempt === undefined || checkout.attempt < 2) return;
		const older = { ...checkout, attempt: checkout.attempt - 1 };
		if (drawn.verb === "pin") await doPin(history, older);
		else if (drawn.verb === "commit") await doCommit(history, older);
		else await doUnpin(history, older, true);
	}),
);
const takeBack = command("takeBack", fc.record({ which, total: fc.integer({ min: 1, max: 4 }) }), (history, drawn) =>
	withCheckout(history, drawn.which, (checkout) =>
		history.step(
			async ({ object }) =>
				fromResult(await object.takeBack(checkout.shopper, checkout.id, drawn.total, checkout.attempt)),
			(model) => model.takeBack(checkout, drawn.total),
		),
	),
);
const givenBack = command("givenBack", fc.record({ which, total: fc.integer({ min: 1, max: 4 }) }), (history, drawn) =>
	withCheckout(history, drawn.which, (checkout) =>
		history.step(
			async ({ object }) =>
				fromResult(await object.givenBack(checkout.shopper, checkout.id, drawn.total, checkout.attempt)),
			(model) => model.givenBack(checkout, drawn.total),
		),
	),
);

const restock = command(
	"restock",
	fc.record({ key: fc.nat({ max: 15 }).map((n) => `key-${n}`), units }),
	(history, drawn) =>
		history.step(
			async (sku) => fromResult(await sku.restock(drawn.units, drawn.key)),
			(model) => model.restock(drawn.key, drawn.units),
		),
);
const adjust = command(
	"adjust",
	fc.record({ delta: fc.integer({ min: -4, max: 3 }), force: fc.boolean() }),
	(history, drawn) =>
		history.step(
			async ({ object }) => fromResult(await object.adjust({ ...drawn, reason: "counted" }, null)),
			(model) => model.adjust(drawn.delta, drawn.force),
		),
);
const releaseById = command("releaseById", fc.nat({ max: 8 }), (history, index) =>
	history.step(
		async ({ object }) => fromResult(await object.releaseById(history.idOf(index))),
		(model) => model.release(model.reservations[index]),
	),
);

/** Not archived more often than archived: most promises are about a product that is sold. */
const archive = command("archive", fc.constantFrom(true, false, false), (history, isArchived) =>
	history.step(
		({ object }) => object.archive(isArchived, { ifMatch: null, key: crypto.randomUUID() }),
		(model) => {
			model.isArchived = isArchived;
			return { kind: "defined", product: { isArchived } };
		},
	),
);

/** Whole seconds, like those of the policies below, so that ends are hit to the millisecond; now and then 1 ms off. */
const aWhile = fc
	.tuple(fc.constantFrom(1, 1, 2, 2, 3, 4, 8), fc.constantFrom(0, 0, 0, -1, 1))
	.map(([seconds, ms]) => seconds * 1000 + ms);

const pass = command("pass", aWhile, async (history, ms) => {
	history.pass(ms);
	await history.check();
});
const passUnnoticed = command("passUnnoticed", aWhile, async (history, ms) => history.pass(ms));
const passAndRing = command("passAndRing", aWhile, (history, ms) => {
	history.pass(ms);
	return history.step(
		// Run by hand, the alarm may come early. It is always set when there is something to do.
		async ({ stub }) => ({ kind: "rang", ran: await runDurableObjectAlarm(stub) }),
		() => ({ kind: "rang" }),
	);
});
const evict = command("evict", fc.constant(null), async (history) => {
	await evictDurableObject(history.sku.stub);
	history.model.refusals = [];
	await history.check();
});

/** Each step is drawn as often as it is listed: what changes the SKU more often than what only reads it. */
export const allCommands: fc.Arbitrary<Command>[] = [
	...[reserve, reserve, reserve, reserve, reserve, reserveBatch, resize, resize, release, extend, extend, read, look],
	...[pin, pin, pinHold, pinHold, pinAgain, commit, commit, commit, commit, unpin, unpin, reopen, late],
	...[takeBack, takeBack, givenBack],
	...[restock, restock, adjust, adjust, releaseById, archive],
	...[pass, passUnnoticed, passAndRing, evict],
];

// ---- Policies

const or = <T>(value: T, arbitrary: fc.Arbitrary<T>) => fc.oneof(fc.constant(value), arbitrary);
const seconds = (min: number, max: number) => fc.integer({ min, max }).map((s) => s * 1000);

export const drawn: fc.Arbitrary<Drawn> = fc.record({
	units: fc.integer({ min: 0, max: 4 }),
	policy: fc
		.record({
			holdMs: seconds(3, 12),
			offerMs: seconds(2, 5),
			paymentWindowMs: seconds(4, 10),
			paymentGraceMs: seconds(1, 3),
			maxExtensions: fc.integer({ min: 0, max: 2 }),
			limitPerShopper: or<number | null>(null, fc.integer({ min: 1, max: 4 })),
			waitlistLimit: fc.constantFrom(null, null, 0, 3, 6, 9),
			preorder: fc
				.constantFrom(0, 1, 2, 3, 4, 5)
				.map((capacity) => (capacity === 0 ? null : { capacity, expectedAtMs: null, termsVersion: "v1" })),
			saleStartsAtMs: fc.oneof(
				{ weight: 6, arbitrary: fc.constant(null) },
				{ weight: 1, arbitrary: seconds(1, 5).map((ms) => START + ms) },
			),
			saleEndsAtMs: fc.oneof(
				{ weight: 6, arbitrary: fc.constant(null) },
				{ weight: 1, arbitrary: seconds(3, 20).map((ms) => START + ms) },
			),
		})
		.map(aPolicy),
});
