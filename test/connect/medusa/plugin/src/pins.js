/**
 * What Holdfast is asked about a cart: to keep its units, to sell them, to let them go. It is one checkout of Holdfast's
 * for one content of the cart; the cart's metadata says which, and what it was opened for. Lines are Holdfast's where the
 * metadata of their variant says `{ "holdfast": true }`; such a variant has `manage_inventory: false`, since there is one
 * count of units, and not two that drift apart.
 *
 * What is opened here ends by itself: nobody says `paid` for a Medusa that has died, and the units come back.
 */
import { createHash } from "node:crypto";
import { ContainerRegistrationKeys, MedusaError, Modules } from "@medusajs/framework/utils";
import { createAdmin, minorUnitOf, ProblemError, unwrap } from "holdfast-client";

const holdfast = createAdmin({ origin: process.env.HOLDFAST_URL, token: process.env.HOLDFAST_TOKEN });

const FIELDS = [
	...["id", "email", "currency_code", "metadata", "total", "shipping_total", "item_tax_total"],
	...["customer.id", "customer.has_account", "items.quantity", "items.unit_price", "items.variant_sku"],
	...["items.variant.metadata", "payment_collection.payment_sessions.*", "payment_collection.payments.*"],
];
/** A checkout that was called off or has run out is followed by another. */
const TRIES = 3;

/**
 * Has the cart's units kept for its buyer for as long as a payment may take, and says so in the cart's metadata.
 * @returns the checkout's id, and whether it was open before; null when the cart has nothing of Holdfast's
 * @throws MedusaError when there are not enough units
 */
export async function pin(container, cartId) {
	const cart = await readCart(container, cartId);
	const { body, total } = checkoutOf(cart);
	if (body.lines.length === 0) return null;
	const content = contentOf(body);
	const before = pinOf(cart);
	let attempt = before.attempt ?? 0;
	if (before.content !== undefined && before.content !== content) {
		await letGo(before.checkoutId);
		attempt += 1;
	}
	for (const last = attempt + TRIES; attempt < last; attempt++) {
		const idempotencyKey = `${cart.id}.${attempt}.${content}`;
		const opened = await holdfast.openCheckoutFor(body, { idempotencyKey });
		if (!opened.ok) throw isShort(opened) ? short() : new ProblemError(opened.problem);
		const { id, status, expiresAt } = opened.data;
		if (hasEnded(status)) continue;
		if (opened.data.total.amount !== total) {
			await letGo(id);
			throw new MedusaError(MedusaError.Types.UNEXPECTED_STATE, "The shop and Holdfast have different prices");
		}
		await notePin(container, cart, { checkoutId: id, attempt, content, expiresAt });
		return { checkoutId: id, wasOpen: id === before.checkoutId };
	}
	throw short();
}

/** Says that the cart is paid. @throws MedusaError when its units are gone: the payment came too late */
export async function sell(container, cartId) {
	const cart = await readCart(container, cartId);
	const { checkoutId: id } = pinOf(cart);
	if (id === undefined) return;
	const [payment] = cart.payment_collection.payments.filter(({ canceled_at }) => canceled_at === null);
	const { authorized_at } = cart.payment_collection.payment_sessions.find((s) => s.id === payment.payment_session_id);
	const amount = { amount: minorOf(cart, cart.total), currency: currencyOf(cart) };
	const paidAt = new Date(authorized_at).toISOString();
	const { outcome } = unwrap(await holdfast.reportPaid({ id, reference: payment.id, paidAt, amount }));
	if (outcome === "refund") throw short();
}

/** Undoes `pin`, and `sell` after it. What was kept before stays so: a buyer whose card was declined has another one. */
export async function undo({ checkoutId: id, wasOpen }) {
	const { status } = unwrap(await holdfast.getCheckoutHistory({ id }));
	if (status === "completed") {
		const order = { id: id.replace(/^co_/, "or_"), restock: true, reason: "Medusa took its order back" };
		unwrap(await holdfast.refundOrder(order, { idempotencyKey: id }));
	} else if (!wasOpen) await letGo(id);
}

/** Gives back units that were kept. What was sold stays so: that is refused. */
async function letGo(id) {
	unwrap(await holdfast.abandonCheckout({ id }));
}

/** Gives back what was kept for another content of this cart. */
export async function letGoIfChanged(container, cartId) {
	const cart = await readCart(container, cartId);
	const { checkoutId, content } = pinOf(cart);
	if (checkoutId === undefined || content === contentOf(checkoutOf(cart).body)) return;
	await letGo(checkoutId);
}

/** Whether it is the refusal that buyers are to be told: there are not enough units. */
export const isShortage = (error) => error?.code === MedusaError.Codes.INSUFFICIENT_INVENTORY;

const short = () =>
	new MedusaError(
		MedusaError.Types.NOT_ALLOWED,
		"Some variant does not have the required inventory",
		MedusaError.Codes.INSUFFICIENT_INVENTORY,
	);
const isShort = ({ problem: { type } }) => type === "/problems/lines-unavailable" || type === "/problems/sold-out";
const hasEnded = (status) => status === "cancelled" || status === "expired" || status === "refunded";
const pinOf = ({ metadata }) => metadata?.holdfast ?? {};
const currencyOf = ({ currency_code }) => currency_code.toUpperCase();
/** Medusa counts in the major unit. */
const minorOf = (cart, amount) => Math.round(Number(amount) * 10 ** minorUnitOf(currencyOf(cart)));
const contentOf = (body) => createHash("sha256").update(JSON.stringify(body)).digest("base64url").slice(0, 16);

/** The total is Medusa's: shipping, tax and whatever else makes it up go along as adjustments. */
function checkoutOf(cart) {
	const items = (cart.items ?? []).filter(({ variant }) => variant?.metadata?.holdfast === true);
	const lines = items.map(({ variant_sku: sku, quantity }) => ({ sku, quantity: Number(quantity) }));
	const minor = (amount) => minorOf(cart, amount);
	const [total, shipping, tax] = [minor(cart.total), minor(cart.shipping_total), minor(cart.item_tax_total)];
	const goods = items.reduce((sum, { unit_price, quantity }) => sum + minor(unit_price) * Number(quantity), 0);
	const rest = total - shipping - tax - goods;
	const adjustments = [
		{ kind: "shipping", label: "Shipping", amount: shipping },
		{ kind: "tax", label: "Tax", amount: tax },
		{ kind: rest < 0 ? "discount" : "fee", label: "Discounts and other articles", amount: rest },
	]
		.filter(({ amount }) => amount !== 0)
		.map((adjustment) => ({ ...adjustment, amount: { amount: adjustment.amount, currency: currencyOf(cart) } }));
	// A guest may have many carts, and a customer's limit is for all of theirs.
	const shopperId = cart.customer?.has_account ? cart.customer.id : cart.id;
	return { total, body: { shopperId, email: cart.email, lines, adjustments, payment: "external" } };
}

async function readCart(container, id) {
	const query = container.resolve(ContainerRegistrationKeys.QUERY);
	const { data } = await query.graph({ entity: "cart", fields: FIELDS, filters: { id } });
	return data[0];
}

async function notePin(container, cart, pinned) {
	const metadata = { ...cart.metadata, holdfast: pinned };
	await container.resolve(Modules.CART).updateCarts(cart.id, { metadata });
}
