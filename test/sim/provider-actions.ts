/**
 * Actions of banks and of the provider that nobody of the shop asked for: debits that are answered after days, refunds
 * that come back, disputes, and webhooks that say what is not so.
 */
import type { Actors } from "./actors.ts";
import { runCron } from "./merchant.ts";
import { quiet } from "./nemesis.ts";

const HOUR_SECONDS = 3_600;
/** More refunds of one payment than this do not come back. */
const RETURNS_OF_ONE_PAYMENT = 5;

/** The shopper pays by a method that answers after days. */
export async function debit(actors: Actors): Promise<void> {
	const { sim } = actors;
	const c = actors.pickCheckout(["awaiting"]);
	if (c?.payment == null || c.isExternal || sim.isCalm) return;
	const { id } = c.payment.seen;
	const result = await actors.provider.confirm(id, { outcome: "debit", copies: sim.prng.pick([1, 1, 2]) });
	sim.log(`! ${actors.name(c.id)} is paid by a debit: ${result.kind}`);
	if (result.kind !== "ok" || result.payment.status !== "processing") return;
	sim.trouble.happened("debits begun");
	actors.debits.push(id);
}

/** A bank answers a debit. */
export async function answerDebit(actors: Actors): Promise<void> {
	const { prng, trouble } = actors.sim;
	if (actors.debits.length === 0) return;
	const id = prng.pick(actors.debits);
	actors.debits.splice(actors.debits.indexOf(id), 1);
	const outcome = prng.weighted({ capture: 3, decline: 1 });
	const delayMs = prng.pick([0, 0, 30_000]);
	const result = await actors.provider.confirm(id, { outcome, delayMs, copies: prng.pick([1, 2]) });
	actors.sim.log(`! the bank answers the debit ${id}: ${outcome}, ${result.kind}`);
	if (result.kind === "ok") actors.snapshots.push(result.payment);
	trouble.happened("debits answered");
}

/** Time passes until every bank has answered: each after some hours more. The cron comes by meanwhile. */
export async function outlastDebits(actors: Actors): Promise<void> {
	while (actors.debits.length > 0) {
		await actors.sim.tolerateFaults("the cron", () => runCron(actors));
		await actors.sim.advance(actors.sim.prng.int(HOUR_SECONDS, 20 * HOUR_SECONDS));
		await answerDebit(actors);
		await actors.sim.deliverWebhooks();
		await quiet();
	}
}

/** The shopper's bank sends a refund back. */
export async function returnRefund(actors: Actors): Promise<void> {
	const { sim } = actors;
	if (sim.faultRate === 0) return;
	const refunded = actors.knownPayments().filter(({ refundedMinor }) => refundedMinor > 0);
	if (refunded.length === 0) return;
	const { id, checkoutId } = sim.prng.pick(refunded);
	const returned = actors.returns.get(id) ?? 0;
	if (returned >= RETURNS_OF_ONE_PAYMENT) return;
	// The sweep compares what was sold. Of what was not, only a webhook tells that a refund came back.
	const isOrder = actors.seen.get(checkoutId)?.phase === "completed";
	if (actors.silent.has(id) && !isOrder) return;
	const silent = sim.prng.chance(0.2) && isOrder;
	const result = await actors.provider.incident(id, { kind: "refund-returned", silent });
	sim.log(`! a refund of ${actors.name(checkoutId)} comes back${silent ? " and nobody says so" : ""}: ${result.kind}`);
	if (result.kind !== "ok") return;
	actors.returns.set(id, returned + 1);
	sim.trouble.happened("refunds sent back");
}

/** The shopper's bank takes the money back, or so much of it. */
export async function openDispute(actors: Actors): Promise<void> {
	const { sim } = actors;
	if (sim.faultRate === 0) return;
	const captured = actors
		.knownPayments()
		.filter(({ status, disputedMinor }) => status === "captured" && !disputedMinor);
	if (captured.length === 0) return;
	const { id, checkoutId, capturedMinor, refundedMinor } = sim.prng.pick(captured);
	const kept = capturedMinor - refundedMinor;
	const part = kept > 1 && sim.prng.chance(0.3) ? { amountMinor: sim.prng.int(1, kept) } : {};
	const result = await actors.provider.incident(id, { kind: "dispute-opened", ...part });
	sim.log(`! ${actors.name(checkoutId)} is disputed: ${result.kind}`);
	if (result.kind !== "ok") return;
	actors.disputes.push(id);
	sim.trouble.happened("disputes opened");
}

/** A dispute is decided. */
export async function closeDispute(actors: Actors): Promise<void> {
	const { prng, trouble } = actors.sim;
	if (actors.disputes.length === 0) return;
	const id = prng.pick(actors.disputes);
	actors.disputes.splice(actors.disputes.indexOf(id), 1);
	const kind = prng.pick(["dispute-won", "dispute-lost"] as const);
	const result = await actors.provider.incident(id, { kind });
	actors.sim.log(`! a dispute is closed: ${kind}, ${result.kind}`);
	trouble.happened("disputes closed");
}

/**
 * A signed webhook says what is not so any more, or never was. But no webhook claims money that is not there, or that it
 * is gone while it is there.
 */
export async function misreport(actors: Actors): Promise<void> {
	const { sim } = actors;
	if (sim.faultRate === 0) return;
	const known = actors.knownPayments();
	if (known.length === 0) return;
	const { id, checkoutId, amountMinor } = sim.prng.pick(known);
	const as = sim.prng.pick([{ status: "open" }, { refundedMinor: 0 }, { disputedMinor: amountMinor }] as const);
	const result = await actors.provider.incident(id, { kind: "misreported", as });
	sim.log(`! a webhook about ${actors.name(checkoutId)} says ${JSON.stringify(as)}, which is not so: ${result.kind}`);
	if (result.kind === "ok") sim.trouble.happened("webhooks that said what is not so");
}
