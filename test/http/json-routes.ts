/** Every route that takes JSON: a valid body, and values that each of its members must not have. */
import type { Json, Member } from "../support/bad-bodies.ts";

const LONG = "x".repeat(3_000);
const count = (path: Member["path"], more: Partial<Member> = {}): Member => ({
	path,
	type: "integer",
	required: true,
	...more,
});
const text = (path: Member["path"], more: Partial<Member> = {}): Member => ({ path, type: "string", ...more });
const quantity = (path: Member["path"]) => count(path, { wrong: [0, -1, 10_001] });
const seconds = (name: string) => count(["policy", name], { required: false, nullable: true, wrong: [0, -1, 86_401] });
const time = (path: Member["path"]) =>
	text(path, {
		nullable: true,
		wrong: [
			"",
			"now",
			"2026-12-12",
			"2026-12-12T00:00:00",
			"2026-13-01T00:00:00Z",
			"12/12/2026",
			"2026-02-30T00:00:00Z",
			"0000-12-31T23:59:59Z",
			"9999-12-31T23:59:59-23:59",
			"0001-01-01T00:00:00+00:01",
		],
	});
const NO_SKUS = [
	"",
	"-a",
	".a",
	"_a",
	"a b",
	"a/b",
	"a\0",
	"a\n",
	"é",
	"🍵",
	"x".repeat(65),
	"../x",
	"a;b",
	"a'b",
	"%41",
];

/** Things that exist, for the requests to name. */
export interface Subject {
	readonly sku: string;
	readonly orderId: string;
	readonly paymentId: string;
}

export interface Route {
	readonly name: string;
	readonly path: (subject: Subject) => string;
	readonly good: (subject: Subject) => Json;
	/** A body need not be there, and one without a content type is not looked at. */
	readonly isOptional?: boolean;
	readonly members: readonly Member[];
	/** Objects inside the body. They are strict too. */
	readonly inner?: readonly Member["path"][];
	readonly who: "shopper" | "merchant";
}

const PRODUCT: Json = {
	title: "Mug",
	description: "350 ml",
	imageUrl: "https://shop.example/mug.jpg",
	price: { amount: 1999, currency: "USD" },
	policy: {
		holdSeconds: 600,
		offerSeconds: 300,
		offerSecondsAbsent: 3600,
		paymentWindowSeconds: 900,
		paymentGraceSeconds: 120,
		maxExtensions: 3,
		limitPerShopper: 2,
		waitlistLimit: 4,
		preorder: { capacity: 5, expectedAt: "2097-03-01T00:00:00Z", termsVersion: "v1" },
		saleStartsAt: "2026-01-01T00:00:00Z",
		saleEndsAt: "2027-01-01T00:00:00Z",
		allowDelayedMethods: true,
	},
};

/** @param isNew everything that a product cannot be without is there */
const productMembers = (isNew: boolean): readonly Member[] => [
	text(["title"], { required: isNew, wrong: ["", "  ", "\n\t", LONG] }),
	text(["description"], { nullable: true, wrong: [LONG] }),
	text(["imageUrl"], {
		nullable: true,
		wrong: [
			"",
			"mug.jpg",
			"/mug.jpg",
			"javascript:alert(1)",
			"data:image/png;base64,AA",
			"ftp://shop.example/a",
			`https://shop.example/${LONG}`,
		],
	}),
	{ path: ["price"], type: "object", required: isNew },
	count(["price", "amount"], { wrong: [-1, 10_000_000_001] }),
	text(["price", "currency"], { required: true, wrong: ["", "usd", "US", "USDD", "U$D", "ÜSD", " USD"] }),
	{ path: ["policy"], type: "object", nullable: true },
	...["holdSeconds", "offerSeconds", "offerSecondsAbsent", "paymentWindowSeconds", "paymentGraceSeconds"].map(seconds),
	count(["policy", "maxExtensions"], { required: false, nullable: true, wrong: [-1, 101] }),
	count(["policy", "limitPerShopper"], { required: false, nullable: true, wrong: [0, -1, 1_000_000_001] }),
	count(["policy", "waitlistLimit"], { required: false, nullable: true, wrong: [-1, 1_000_000_001] }),
	{ path: ["policy", "preorder"], type: "object", nullable: true },
	count(["policy", "preorder", "capacity"], { required: isNew, wrong: [-1, 1_000_000_001] }),
	text(["policy", "preorder", "termsVersion"], { required: isNew, wrong: ["", "x".repeat(201)] }),
	time(["policy", "preorder", "expectedAt"]),
	time(["policy", "saleStartsAt"]),
	time(["policy", "saleEndsAt"]),
	{ path: ["policy", "allowDelayedMethods"], type: "boolean", nullable: true },
	text(["policy", "saleEndsAt"], { nullable: true, wrong: ["2026-01-01T00:00:00Z", "2025-12-31T23:59:59Z"] }),
];

const NO_WEBHOOK = `wh_${"0".repeat(32)}`;

/** @param isNew everything that a webhook cannot be without is there */
const webhookMembers = (isNew: boolean): readonly Member[] => [
	text(["url"], {
		required: isNew,
		wrong: ["", "erp.example.com", "ftp://erp.example.com/", "https://a:b@erp.example.com/", `https://e.com/${LONG}`],
	}),
	{
		path: ["events"],
		type: "array",
		required: isNew,
		wrong: [[], ["order.paid"], ["ping"], ["*", "order.created"], ["order.created", "order.created"], [1], [null]],
	},
	text(["description"], { nullable: true, wrong: ["x".repeat(201)] }),
];

const SHIP_TO: Json = {
	...{ name: "Ada Lovelace", line1: "12 St James's Square", line2: "Flat 1", city: "London", region: "Westminster" },
	...{ postalCode: "SW1Y 4JH", country: "GB", phone: "+44 20 7946 0000" },
};

const part = (name: string, required: boolean) =>
	text(["shipTo", name], { required, wrong: ["", " ", "x".repeat(201)] });

const WRONG_METADATA: readonly Json[] = [{ "": "v" }, { ["n".repeat(41)]: "v" }, { n: 1 }, { n: "v".repeat(501) }];

const checkoutMembers: readonly Member[] = [
	{
		path: ["lines"],
		type: "array",
		required: true,
		wrong: [[], [null], [{}], Array(21).fill({ sku: "a", quantity: 1 }), Array(2).fill({ sku: "a", quantity: 5_001 })],
	},
	{ path: ["lines", 0], type: "object" },
	text(["lines", 0, "sku"], { required: true, wrong: NO_SKUS }),
	quantity(["lines", 0, "quantity"]),
	text(["email"], {
		required: true,
		wrong: [
			"",
			"ada",
			"ada@",
			"@example.com",
			"a b@example.com",
			"ada@example.com\n",
			"ada@example.com\r\nBcc: x@y.example",
			"ada@@example.com",
			`${"a".repeat(250)}@example.com`,
			"ada@example.com.",
			"ada@example",
			"ada@127.0.0.1",
			"ada@[127.0.0.1]",
			'"a b"@example.com',
			".ada@example.com",
			"a..b@example.com",
			"ada@-example.com",
			"ada@exa_mple.com",
			"ada@xn--.com",
			"ádá@example.com",
			"ada@example.com\u200b",
		],
	}),
	{ path: ["acceptPreorder"], type: "boolean" },
	{ path: ["partial"], type: "boolean" },
	{ path: ["shipTo"], type: "object" },
	...["name", "line1", "city"].map((name) => part(name, true)),
	...["line2", "region", "postalCode", "phone"].map((name) => part(name, false)),
	text(["shipTo", "country"], { required: true, wrong: ["", "gb", "GBR", "XX", "UK"] }),
	{ path: ["metadata"], type: "object", wrong: [...WRONG_METADATA, { n: null }] },
];

const checkout = (subject: Subject) => ({
	...{ lines: [{ sku: subject.sku, quantity: 1 }], email: "ada@example.com", acceptPreorder: false, partial: false },
	...{ shipTo: SHIP_TO, metadata: { cart: "8842" } },
});

export const JSON_ROUTES: readonly Route[] = [
	{
		name: "POST /v1/shoppers",
		path: () => "/v1/shoppers",
		good: () => ({ turnstileToken: "solved" }),
		isOptional: true,
		members: [text(["turnstileToken"], { wrong: ["", LONG] })],
		who: "shopper",
	},
	{
		name: "PUT /v1/reservations/{sku}",
		path: (subject) => `/v1/reservations/${subject.sku}`,
		good: () => ({ quantity: 1, wait: false }),
		members: [quantity(["quantity"]), { path: ["wait"], type: "boolean" }],
		who: "shopper",
	},
	{
		name: "POST /v1/checkouts",
		path: () => "/v1/checkouts",
		good: checkout,
		members: checkoutMembers,
		inner: [["lines", 0], ["shipTo"]],
		who: "shopper",
	},
	{
		name: "POST /admin/v1/checkouts",
		path: () => "/admin/v1/checkouts",
		good: (subject) => ({
			...{ ...checkout(subject), shopperId: "customer-1" },
			adjustments: [{ kind: "shipping", label: "Standard", amount: { amount: 490, currency: "USD" } }],
		}),
		members: [
			...checkoutMembers,
			text(["shopperId"], { required: true, wrong: ["", " ", "-a", "a b", "a\n", "é", "x".repeat(129)] }),
			text(["payment"], { wrong: ["", "cash"] }),
			{ path: ["adjustments"], type: "array", wrong: [[null], [{}], Array(21).fill({})] },
			text(["adjustments", 0, "kind"], { required: true, wrong: ["", "Shipping", "gift"] }),
			text(["adjustments", 0, "label"], { required: true, wrong: ["", " ", "x".repeat(201)] }),
			{ path: ["adjustments", 0, "amount"], type: "object", required: true },
			count(["adjustments", 0, "amount", "amount"], { wrong: [-1, 10_000_000_001] }),
			text(["adjustments", 0, "amount", "currency"], { required: true, wrong: ["", "usd", "USDD"] }),
		],
		inner: [["lines", 0], ["shipTo"], ["adjustments", 0], ["adjustments", 0, "amount"]],
		who: "merchant",
	},
	{
		name: "POST /admin/v1/checkouts/{id}/paid",
		path: (subject) => `/admin/v1/checkouts/co_${subject.orderId.slice(3)}/paid`,
		good: () => ({
			...{ reference: "psp-1", paidAt: "2026-12-12T00:00:00Z", amount: { amount: 1, currency: "USD" } },
		}),
		members: [
			text(["reference"], { required: true, wrong: ["", " ", "x".repeat(201)] }),
			{ ...time(["paidAt"]), required: true, nullable: false },
			{ path: ["amount"], type: "object", required: true },
			count(["amount", "amount"], { wrong: [-1] }),
			text(["amount", "currency"], { required: true, wrong: ["", "usd"] }),
		],
		inner: [["amount"]],
		who: "merchant",
	},
	{
		name: "PATCH /admin/v1/orders/{id}",
		path: (subject) => `/admin/v1/orders/${subject.orderId}`,
		good: () => ({ metadata: { parcel: "JD0002", cart: null } }),
		members: [{ path: ["metadata"], type: "object", required: true, wrong: WRONG_METADATA }],
		who: "merchant",
	},
	{
		name: "POST /admin/v1/shoppers",
		path: () => "/admin/v1/shoppers",
		good: () => ({ shopperId: "customer-1", expiresInSeconds: 60 }),
		members: [
			text(["shopperId"], { required: true, wrong: ["", " ", "-a", "a b", "a\n", "a\0", "é", "x".repeat(129), "a/b"] }),
			count(["expiresInSeconds"], { required: false, wrong: [0, -1, 366 * 86_400] }),
		],
		who: "merchant",
	},
	{
		name: "POST /admin/v1/shoppers/erase",
		path: () => "/admin/v1/shoppers/erase",
		good: () => ({ email: "nobody@example.com" }),
		members: [text(["email"], { required: true, wrong: ["", "ada", "ada@", "ada@example", `${LONG}@example.com`] })],
		who: "merchant",
	},
	{
		name: "PUT /admin/v1/products/{sku}",
		path: (subject) => `/admin/v1/products/${subject.sku}`,
		good: () => PRODUCT,
		members: productMembers(true),
		inner: [["price"], ["policy"], ["policy", "preorder"]],
		who: "merchant",
	},
	{
		name: "PATCH /admin/v1/products/{sku}",
		path: (subject) => `/admin/v1/products/${subject.sku}`,
		good: () => PRODUCT,
		members: productMembers(false),
		inner: [["price"], ["policy"], ["policy", "preorder"]],
		who: "merchant",
	},
	{
		name: "POST /admin/v1/products/{sku}/restock",
		path: (subject) => `/admin/v1/products/${subject.sku}/restock`,
		good: () => ({ quantity: 1, reference: "PO-1", ifOnHand: 9 }),
		members: [
			count(["quantity"], { wrong: [0, -1, 1_000_000_001] }),
			text(["reference"], { nullable: true, wrong: ["", "x".repeat(201)] }),
			count(["ifOnHand"], { required: false, nullable: true, wrong: [-1] }),
		],
		who: "merchant",
	},
	{
		name: "POST /admin/v1/products/{sku}/adjust",
		path: (subject) => `/admin/v1/products/${subject.sku}/adjust`,
		good: () => ({ delta: 1, reason: "counted", force: false, ifOnHand: 9 }),
		members: [
			count(["delta"], { wrong: [0, 1_000_000_001, -1_000_000_001] }),
			text(["reason"], { required: true, wrong: ["", "  ", "x".repeat(201)] }),
			{ path: ["force"], type: "boolean" },
			count(["ifOnHand"], { required: false, nullable: true, wrong: [-1] }),
		],
		who: "merchant",
	},
	{
		name: "POST /admin/v1/orders/{id}/refund",
		path: (subject) => `/admin/v1/orders/${subject.orderId}/refund`,
		good: (subject) => ({
			...{ lines: [{ sku: subject.sku, quantity: 1 }], restock: true, reason: "damaged" },
			adjustments: [{ index: 0, amount: { amount: 1, currency: "USD" } }],
		}),
		members: [
			{
				path: ["lines"],
				type: "array",
				nullable: true,
				wrong: [
					[],
					[null],
					[{}],
					[
						{ sku: "a", quantity: 1 },
						{ sku: "a", quantity: 1 },
					],
				],
			},
			text(["lines", 0, "sku"], { required: true, wrong: NO_SKUS }),
			quantity(["lines", 0, "quantity"]),
			{ path: ["restock"], type: "boolean", required: true },
			text(["reason"], { required: true, wrong: ["", "  ", "x".repeat(201)] }),
			{ path: ["adjustments"], type: "array", wrong: [[], [null], [{}], Array(2).fill({ index: 0 })] },
			count(["adjustments", 0, "index"], { wrong: [-1, 20] }),
			{ path: ["adjustments", 0, "amount"], type: "object", nullable: true },
			count(["adjustments", 0, "amount", "amount"], { wrong: [0, -1, 10_000_000_001] }),
		],
		inner: [
			["lines", 0],
			["adjustments", 0],
		],
		who: "merchant",
	},
	{
		name: "POST /admin/v1/webhooks",
		path: () => "/admin/v1/webhooks",
		// Nobody is told anything: the books balance.
		good: () => ({ url: "https://erp.example.com/hook", events: ["books.unbalanced"], description: "ERP" }),
		members: webhookMembers(true),
		who: "merchant",
	},
	{
		name: "PATCH /admin/v1/webhooks/{id}",
		path: () => `/admin/v1/webhooks/${NO_WEBHOOK}`,
		good: () => ({ url: "https://erp.example.com/hook", events: ["*"], description: null, paused: true }),
		members: [...webhookMembers(false), { path: ["paused"], type: "boolean" }],
		who: "merchant",
	},
	{
		name: "POST /admin/v1/webhooks/{id}/replay",
		path: () => `/admin/v1/webhooks/${NO_WEBHOOK}/replay`,
		good: () => ({ since: "2026-12-12T00:00:00Z" }),
		members: [text(["since"], { required: true, wrong: ["", "yesterday", "2026-12-12"] })],
		who: "merchant",
	},
	{
		name: "POST /sandbox/payments/{id}/confirm",
		path: (subject) => `/sandbox/payments/${subject.paymentId}/confirm`,
		good: () => ({ outcome: "decline", paidAt: "2026-12-12T00:00:00Z", delayMs: 0, copies: 1, silent: true }),
		members: [
			text(["outcome"], { required: true, wrong: ["", "APPROVE", "paid"] }),
			text(["paidAt"], { wrong: ["", "yesterday", "2026-13-01T00:00:00Z", "9999-12-31T23:59:59-23:59"] }),
			count(["delayMs"], { required: false, wrong: [-1, 1e12] }),
			count(["copies"], { required: false, wrong: [0, 21] }),
			{ path: ["silent"], type: "boolean" },
		],
		who: "merchant",
	},
	{
		name: "POST /sandbox/payments/{id}/incidents",
		path: (subject) => `/sandbox/payments/${subject.paymentId}/incidents`,
		good: () => ({ kind: "misreported", as: { refundedMinor: 0 }, delayMs: 0, copies: 1, silent: true }),
		members: [
			text(["kind"], { required: true, wrong: ["", "stolen"] }),
			count(["as", "refundedMinor"], { required: false, wrong: [-1, 0.5] }),
			count(["delayMs"], { required: false, wrong: [-1, 1e12] }),
			count(["copies"], { required: false, wrong: [0, 21] }),
			{ path: ["silent"], type: "boolean" },
		],
		inner: [["as"]],
		who: "merchant",
	},
	{
		name: "POST /sandbox/faults",
		path: () => "/sandbox/faults",
		good: () => ({ faults: [{ call: "read", fail: "before", delayMs: 0, times: 1 }] }),
		members: [
			{
				path: ["faults"],
				type: "array",
				required: true,
				wrong: [[null], [{}], Array(101).fill({ call: "read", fail: "before" })],
			},
			text(["faults", 0, "call"], { required: true, wrong: ["", "steal"] }),
			text(["faults", 0, "fail"], { wrong: ["", "always"] }),
			count(["faults", 0, "delayMs"], { required: false, wrong: [-1, 60_001] }),
			count(["faults", 0, "times"], { required: false, wrong: [0, 1_000_001] }),
		],
		inner: [["faults", 0]],
		who: "merchant",
	},
];
