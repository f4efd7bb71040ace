/**
 * A cheap no for carts: who opens a checkout with something that this isolate knows to be gone is refused here. Nothing
 * is stored for them, and neither a checkout's object nor a payment provider is asked. Lines that are not known to be
 * gone are asked for without being pinned, so that the answer names each line that cannot be had.
 *
 * A cart passes when its shopper has, or ever had, something of what is gone: who holds units pays for them, and who
 * repeats a request gets the checkout that it opened the first time. This isolate may not have seen either, so the SKU's
 * object is looked at for each shopper whom it is about to refuse. Those who come at the same time share one look.
 */
import type { Checkout } from "../checkout/rpc.ts";
import type { Availability, ReserveResult } from "../stock/rpc.ts";
import { type Edge, EdgeSku, type PinRefusal } from "./sku.ts";

export interface Cart {
	readonly checkoutId: string;
	readonly shopperId: string;
	readonly lines: readonly CartLine[];
}

interface CartLine {
	readonly sku: string;
	readonly quantity: number;
}

type Refusal = NonNullable<ReturnType<EdgeSku["refusalFor"]>> | PinRefusal;

/**
 * The lines for which this cart, which nothing but all of it would serve, is refused; null for one that has to be asked
 * for.
 */
export async function knownRefusals(
	edge: Edge,
	{ checkoutId, shopperId, lines }: Cart,
): Promise<readonly { readonly line: CartLine; readonly refusal: Refusal }[] | null> {
	const nowMs = Date.now();
	const asked = lines.map((line) => {
		const sku = new EdgeSku(edge, line.sku);
		return { line, sku, known: sku.refusalFor(shopperId, false, nowMs) };
	});
	const gone = asked.filter(({ known }) => known !== null);
	if (gone.length === 0) return null;
	const own = await Promise.all(gone.map(({ sku }) => sku.reservation(shopperId)));
	if (own.some(({ kind }) => kind !== "no-reservation")) return null;
	for (const { sku, known } of gone) {
		if (known?.kind === "sold-out" && edge.memory.soldOut.claimRefresh(sku.name, nowMs)) refresh(edge, sku, known);
	}
	const decided = await Promise.all(
		asked.map(async ({ line, sku, known }) => ({
			line,
			refusal: known ?? (await sku.refusalOf({ ...line, checkoutId, shopperId })),
		})),
	);
	return decided.flatMap(({ line, refusal }) => (refusal === null ? [] : [{ line, refusal }]));
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
