/**
 * The events that a merchant's servers are told of, for the OpenAPI document: their data is what the API answers, with
 * a version. What makes the data is `../webhook-views.ts` and `stock/news-outbox.ts`.
 */
import { z } from "@hono/zod-openapi";
import { EVENT_TYPES, type EventType } from "../../webhooks/event.ts";
import { EXAMPLE_CHECKOUT, PlainPaymentResponse } from "./checkout.ts";
import { EXAMPLE, Instant } from "./common.ts";
import { MerchantCheckoutResponse } from "./merchant-checkout.ts";
import { AdminOrderResponse, EXAMPLE_ADMIN_ORDER } from "./order.ts";
import { EXAMPLE_PREORDER, PreorderResponse } from "./preorder.ts";
import { EXAMPLE_RESERVATION, ReservationResponse } from "./reservation.ts";
import { EXAMPLE_COUNTERS, StockCounters } from "./stock.ts";

const version = z.int().openapi({ description: "Of two events about one subject, the higher is the newer." });
const shopperId = z.string();
const truncated = z.literal(false).openapi({ description: "Everything is here." });

/** Schemas of the data, by type. They are made when the document is first asked for. */
function dataByType(): Readonly<Record<EventType, { readonly summary: string; readonly data: z.ZodType }>> {
	// Not as extensions: a part of a union, and a payment of this event has fewer members.
	const order = z.object({ ...AdminOrderResponse.shape, version, truncated }).openapi("OrderEventData", {
		example: { ...EXAMPLE_ADMIN_ORDER, version: 7, truncated: false },
	});
	const { payUrl: _, ...members } = MerchantCheckoutResponse.shape;
	const { payUrl: _url, ...exampleMembers } = { ...EXAMPLE_CHECKOUT, metadata: {} };
	const { clientSecret: _secret, ...examplePayment } = EXAMPLE_CHECKOUT.payment;
	const checkout = z
		.object({
			...members,
			payment: PlainPaymentResponse.nullable(),
			endReason: z.string().nullable().openapi({ description: "Why it ended without a sale.", example: "expired" }),
			version,
			truncated,
		})
		.openapi("CheckoutEventData", {
			example: {
				...exampleMembers,
				payment: { ...examplePayment, status: "voided" },
				...{ status: "expired", endReason: "expired", shopperId: EXAMPLE.shopperId, version: 6, truncated: false },
			},
		});
	const reservation = ReservationResponse.extend({ shopperId }).openapi("ReservationEventData", {
		example: { ...EXAMPLE_RESERVATION, shopperId: EXAMPLE.shopperId },
	});
	const preorder = PreorderResponse.extend({ version }).openapi("PreorderEventData", {
		example: { ...EXAMPLE_PREORDER, version: 1 },
	});
	const stock = StockCounters.extend({ sku: z.string() }).openapi("StockEventData", {
		example: { ...EXAMPLE_COUNTERS, sku: EXAMPLE.sku },
	});
	return {
		"order.created": { summary: "A checkout was paid, and its units are sold", data: order },
		"order.updated": { summary: "An order has changed: refunded, returned, disputed or filled", data: order },
		"checkout.completed": { summary: "A checkout was paid", data: checkout },
		"checkout.ended": { summary: "A checkout has ended without a sale", data: checkout },
		"reservation.promoted": { summary: "A shopper got units from the waitlist", data: reservation },
		"reservation.expired": { summary: "A shopper's units went back to the stock", data: reservation },
		"preorder.created": { summary: "A pre-order was paid", data: preorder },
		"preorder.filled": { summary: "The units of a pre-order have come", data: preorder },
		"preorder.cancelled": { summary: "A pre-order was cancelled", data: preorder },
		"stock.changed": { summary: "The stock of a SKU has changed; at most one a second", data: stock },
		"sale.sold_out": { summary: "No unit of a SKU is available or held any more", data: stock },
		"sale.restocked": { summary: "There are units of a SKU again", data: stock },
		"dispute.opened": {
			summary: "A shopper's bank has taken money back, or may keep it",
			data: z
				.object({ checkoutId: z.string(), shopperId, orderId: z.string().nullable(), since: Instant, version })
				.openapi("DisputeEventData"),
		},
		"books.unbalanced": {
			summary: "The counters of a SKU do not add up",
			data: z
				.object({
					sku: z.string(),
					received: z.int(),
					adjusted: z.int(),
					available: z.int(),
					held: z.int(),
					sold: z.int(),
					version: z.int().openapi({ description: "Hours since 1970: it is told once an hour while it lasts." }),
				})
				.openapi("BooksEventData"),
		},
		ping: { summary: "A test, sent by hand", data: z.object({ id: z.string(), version }).openapi("PingEventData") },
	};
}

const header = (name: string, description: string) =>
	({ in: "header", name, required: true, schema: { type: "string" }, description }) as const;

const HEADERS = [
	header("webhook-id", "The same in each attempt at this event: whoever has seen it may drop it."),
	header("webhook-timestamp", "When this attempt was made, in seconds since 1970."),
	header("webhook-signature", "`v1,` and base64 of HMAC-SHA256 over `id.timestamp.body`, for each valid secret."),
];

const truncatedData = () =>
	z.object({ version, truncated: z.literal(true) }).openapi("TruncatedEventData", {
		description:
			"In place of an order or a checkout that would be larger than 20 kB: its members that are no lists or objects. " +
			"The API has the rest.",
		example: { version: 7, truncated: true },
	});

/** The schema of one event's body. */
export function payloadSchema(type: EventType) {
	return schemas()[type].payload;
}

let made: ReturnType<typeof makeSchemas> | null = null;

function schemas() {
	made ??= makeSchemas();
	return made;
}

function makeSchemas() {
	const cut = truncatedData();
	const entries = Object.entries(dataByType()).map(([type, { summary, data }]) => {
		const name = type.replace(/(?:^|[._])(\w)/g, (_, letter: string) => letter.toUpperCase());
		const payload = z
			.object({
				type: z.literal(type),
				timestamp: Instant.openapi({ description: "When it happened." }),
				data: type.startsWith("order.") || type.startsWith("checkout.") ? z.union([data, cut]) : data,
			})
			.openapi(`${name}Event`);
		return [type, { summary, name, payload }] as const;
	});
	return Object.fromEntries(entries) as Record<EventType, (typeof entries)[number][1]>;
}

/** Each event as an operation of the document's `webhooks`. */
export function webhookEvents() {
	return EVENT_TYPES.map((type) => {
		const operation = {
			method: "post" as const,
			path: type,
			operationId: `on${schemas()[type].name}`,
			summary: schemas()[type].summary,
			description: "Sent at least once. Answer 2xx within 15 seconds; anything else is tried again for three days.",
			tags: ["Events"],
			security: [] as [],
			parameters: HEADERS,
			request: { body: { required: true, content: { "application/json": { schema: schemas()[type].payload } } } },
			responses: {
				"2XX": { description: "The event has arrived." },
				410: { description: "No more events, ever: the webhook is disabled." },
				default: { description: "The event is sent again." },
			},
		};
		return operation;
	});
}
