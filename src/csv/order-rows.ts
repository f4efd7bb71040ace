/**
 * Orders in Shopify's columns: a row for each line of an order, and what is the order's own in the first of them. Pure.
 *
 * Columns that Holdfast has nothing for are left out. The last two are not Shopify's: `Fees`, without which Subtotal,
 * Shipping and Taxes would not add up to Total, and the status of a line that is a pre-order.
 */
import type { AdminOrder } from "../client/index.ts";
import { minorUnitOf } from "../payments/iso-4217.ts";
import { formatMinor } from "./cells.ts";

/** What is read of an order; one of a deployment of the version before has no amounts beside its lines, and no address. */
export type ExportedOrder = Omit<AdminOrder, "adjustments" | "shipTo" | "metadata" | "refundedBy"> & {
	readonly adjustments?: readonly Adjustment[];
	readonly shipTo?: Readonly<Partial<Record<ShippingPart, string>>> | null;
	readonly metadata?: Readonly<Record<string, string>>;
};

interface Adjustment {
	readonly kind: "shipping" | "tax" | "fee" | "discount";
	/** Below zero for a discount. */
	readonly amount: { readonly amount: number };
}

type ShippingPart = "name" | "line1" | "line2" | "city" | "postalCode" | "region" | "country" | "phone";
type OrderLine = AdminOrder["lines"][number];
type Cell = string | number;
type Column =
	/** Stands in the row of the first line only. */
	| { readonly of: "order"; readonly cell: (order: ExportedOrder) => Cell }
	| { readonly of: "line"; readonly cell: (order: ExportedOrder, line: OrderLine) => Cell };

const ofOrder = (cell: (order: ExportedOrder) => Cell): Column => ({ of: "order", cell });
const ofLine = (cell: (order: ExportedOrder, line: OrderLine) => Cell): Column => ({ of: "line", cell });
const amount = (minor: (order: ExportedOrder) => number): Column =>
	ofOrder((order) => amountText(minor(order), order.total.currency));
const address = (...parts: readonly ShippingPart[]): Column =>
	ofOrder(({ shipTo }) => parts.flatMap((part) => shipTo?.[part] || []).join(", "));

const adjusted = ({ adjustments = [] }: ExportedOrder, kind: Adjustment["kind"]): number =>
	adjustments.reduce((sum, one) => (one.kind === kind ? sum + one.amount.amount : sum), 0);
const ofLines = ({ lines }: ExportedOrder): number =>
	lines.reduce((sum, { quantity, unitPrice }) => sum + quantity * unitPrice.amount, 0);

const COLUMNS: readonly (readonly [name: string, column: Column])[] = [
	["Name", ofLine(({ id }) => id)],
	["Email", ofLine(({ email }) => email ?? "")],
	["Financial Status", ofOrder(({ status }) => status)],
	["Paid at", ofOrder(({ completedAt }) => timeText(completedAt))],
	["Currency", ofOrder(({ total }) => total.currency)],
	// As Shopify has it: after discounts, before shipping and taxes.
	["Subtotal", amount((order) => ofLines(order) + adjusted(order, "discount"))],
	["Shipping", amount((order) => adjusted(order, "shipping"))],
	["Taxes", amount((order) => adjusted(order, "tax"))],
	["Total", amount(({ total }) => total.amount)],
	["Discount Amount", amount((order) => Math.abs(adjusted(order, "discount")))],
	["Created at", ofLine(({ createdAt }) => timeText(createdAt))],
	["Lineitem quantity", ofLine((_, { quantity }) => quantity)],
	["Lineitem name", ofLine((_, { title }) => title)],
	["Lineitem price", ofLine((_, { unitPrice }) => amountText(unitPrice.amount, unitPrice.currency))],
	["Lineitem sku", ofLine((_, { sku }) => sku)],
	["Shipping Name", address("name")],
	["Shipping Street", address("line1", "line2")],
	["Shipping Address1", address("line1")],
	["Shipping Address2", address("line2")],
	["Shipping City", address("city")],
	["Shipping Zip", address("postalCode")],
	["Shipping Province", address("region")],
	["Shipping Country", address("country")],
	["Shipping Phone", address("phone")],
	["Note Attributes", ofOrder(({ metadata = {} }) => Object.entries(metadata).map(noteText).join("\n"))],
	["Payment Method", ofOrder(({ payment }) => payment?.provider ?? "")],
	["Payment Reference", ofOrder(({ payment }) => payment?.id ?? "")],
	["Refunded Amount", amount(({ refunded }) => refunded.amount)],
	["Id", ofOrder(({ id }) => id)],
	["Fees", amount((order) => adjusted(order, "fee"))],
	["Lineitem pre-order", ofLine((_, line) => (line.fulfilment === "preorder" ? line.preorder : ""))],
];

export const ORDER_HEADER: readonly string[] = COLUMNS.map(([name]) => name);

export function orderRows(order: ExportedOrder): Cell[][] {
	return order.lines.map((line, index) =>
		COLUMNS.map(([, column]) => (column.of === "order" && index > 0 ? "" : column.cell(order, line))),
	);
}

const noteText = ([name, text]: readonly [string, string]): string => `${name}: ${text}`;
const amountText = (minor: number, currency: string): string => formatMinor(minor, minorUnitOf(currency) ?? 0);

/** `2026-12-12 12:01:30 +0000` */
const timeText = (instant: string): string =>
	new Date(instant)
		.toISOString()
		.replace("T", " ")
		.replace(/\.\d+Z$/, " +0000");
