/**
 * A cheap no for carts: who opens a checkout of nothing but what this isolate knows to be gone is refused here. Nothing
 * is stored for them, and neither a checkout's object nor a payment provider is asked.
 *
 * A cart passes when the isolate does not know all of its SKUs to be gone, and when its shopper has, or ever had,
 * something of one of them: who holds units pays for them, and who repeats a request gets the checkout that it opened
 * the first time. This isolate may not have seen either, so the SKU's object is looked at for each shopper whom it is
 * about to refuse. Those who come at the same time share one look.
 */
import type { Checkout } from "../checkout/rpc.ts";
import type { Availability, ReserveResult } from "../stock/rpc.ts";
import { type Edge, EdgeSku } from "./sku.ts";

type Refusal = NonNullable<ReturnType<EdgeSku["refusalFor"]>>;

/** Why each of these SKUs is refused, in order; null for a cart that has to be asked for. */
export async function knownRefusals(
	edge: Edge,
	shopperId: string,
	names: readonly string[],
): Promise<readonly Refusal[] | null> {
	const nowMs = Date.now();
	const skus = names.map((name) => new EdgeSku(edge, name));
	const refusals = skus.flatMap((sku) => sku.refusalFor(shopperId, false, nowMs) ?? []);
	if (refusals.length < skus.length) return null;
	const own = await Promise.all(skus.map((sku) => sku.reservation(shopperId)));
	if (own.some(({ kind }) => kind !== "no-reservation")) return null;
	for (const [index, sku] of skus.entries()) {
		const refusal = refusals[index] as Refusal;
		if (refusal.kind === "sold-out" && edge.memory.soldOut.claimRefresh(sku.name, nowMs)) refresh(edge, sku, refusal);
	}
	return refusals;
}

/** What this isolate learns from a cart that was asked for: whom it must not refuse, and what is gone. */
export function rememberCart(edge: Edge, shopperId: string, lines: Checkout["lines"]): void {
	const { soldOut } = edge.memory;
	for (const { sku: name, ...line } of lines) {
		if (line.claim === "pinned") {
			soldOut.exempt(name, shopperId);
			// The end of the hold that it was may be what others were told to come back at.
			soldOut.forgetRetryTime(name, (refusal) => ({ ...refusal, retryAtMs: null }));
		} else if (line.claim === "refused" && line.refusal.kind === "sold-out") {
			const sku = new EdgeSku(edge, name);
			// Otherwise it is remembered already, and kept fresh.
			if (sku.refusalFor("", false, Date.now()) !== null) continue;
			const { preorder } = line.refusal;
			refresh(edge, sku, { kind: "sold-out", preorder, retryAtMs: null, closed: false });
		}
	}
}

type SoldOut = Extract<ReserveResult, { readonly kind: "sold-out" }>;

/** Looks, in the background, whether a refusal still holds for everybody, and remembers it anew if it does. */
function refresh(edge: Edge, sku: EdgeSku, { preorder, ...refusal }: SoldOut): void {
	const { soldOut } = edge.memory;
	const asking = soldOut.beginAsking(sku.name, Date.now());
	const work = async () => {
		const result = await sku.lookAtStock();
		if (result.kind === "unknown-sku" || !isGone(result.availability)) return;
		const { preorderRemaining: remaining } = result.availability;
		// There are pre-orders to be had now, whose terms are not known here.
		if (remaining > 0 && preorder === null) return;
		const offer = preorder && remaining > 0 ? { ...preorder, remaining } : null;
		soldOut.set(sku.name, { ...refusal, preorder: offer }, false, asking, result.changesAtMs);
	};
	edge.keepAlive(work().catch(() => {}));
}

/** Inside the sale window, what is not in stock can be had by nobody who comes now. */
const isGone = ({ status }: Availability): boolean =>
	status === "all_held" || status === "preorder" || status === "sold_out";
