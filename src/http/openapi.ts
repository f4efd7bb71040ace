/** `GET /openapi.json`, made from the routes themselves, and `GET /docs`, the page that shows it. */
import { createRoute, type OpenAPIHono } from "@hono/zod-openapi";
import { version } from "../../package.json";
import page from "../web/docs/index.html";
import type { AppEnv } from "./context.ts";
import { problemPages, type Schemas } from "./problem-pages.ts";
import { json, OPEN, problemResponses, strictQuery } from "./route.ts";
import { HealthResponse, OpenApiResponse } from "./shapes/service.ts";
import { webhookEvents } from "./shapes/webhook-event.ts";

/** Scripts and styles from this origin only. Swagger UI writes style attributes and draws its icons from data URLs. */
const POLICY = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'";

const DESCRIPTION = `A checkout that cannot oversell.

Refusals are problem details (RFC 9457): \`type\` names the problem, and each problem has members of its own. Amounts
are in minor units of their currency, times are RFC 3339 in UTC. Lists are read page by page, with \`nextCursor\` of the
page before.

Shoppers send the token that they got from \`createShopper\`, merchants the admin token.`;

/** Every tag of a route, in the document's order. */
const TAGS = [
	["Shoppers", "A shopper is an id in a signed token."],
	["Products", "What is for sale, and how much of it is available now."],
	["Reservations", "Units that a shopper holds for a limited time, or waits for."],
	["Checkouts", "One attempt of a shopper to buy some lines: pinned, paid, then an order."],
	["Orders", "The lasting record of a paid checkout."],
	["Merchant: shoppers", "Tokens for your own customer ids."],
	["Merchant: products", "Define what is sold, and by which policy."],
	["Merchant: stock", "Restock, adjust, and see counters, reservations and the journal of a SKU."],
	["Merchant: checkouts", "Open a checkout for a shopper, with shipping, tax and discounts."],
	["Merchant: orders", "All orders, and refunds."],
	["Merchant: pre-orders", "Paid claims on units that have not come yet."],
	["Merchant: webhooks", "Events that your own servers are told of, and how that goes."],
	["Operations", "Whether everything adds up, and what to do when it does not."],
	["Webhooks", "Events from the payment provider to this shop."],
	["Events", "What this shop sends to the endpoints of its merchant, signed as Standard Webhooks 1.0.0 says."],
	["Sandbox", "The payment provider for tests. It exists only where ENVIRONMENT is local."],
] as const;

const getHealth = createRoute({
	method: "get",
	path: "/health",
	operationId: "getHealth",
	summary: "Check that the Worker runs",
	tags: ["Operations"],
	security: OPEN,
	responses: { 200: json("The Worker runs.", HealthResponse), ...problemResponses("unsupported-media-type") },
});

const getOpenApi = createRoute({
	method: "get",
	path: "/openapi.json",
	operationId: "getOpenApi",
	summary: "Get this document",
	tags: ["Operations"],
	security: OPEN,
	responses: { 200: json("The document.", OpenApiResponse), ...problemResponses("unsupported-media-type") },
});

function documentOf(app: OpenAPIHono<AppEnv>) {
	return app.getOpenAPI31Document(
		{
			openapi: "3.1.0",
			info: {
				title: "Holdfast",
				version,
				description: DESCRIPTION,
				license: { name: "MIT", url: "https://opensource.org/license/mit" },
			},
			servers: [{ url: "/", description: "The deployment that serves this document." }],
			tags: TAGS.map(([name, description]) => ({ name, description })),
		},
		// Members of a union exclude each other: each has a constant that no other has.
		{ unionPreferredType: "oneOf" },
	);
}

const schemasOf = (app: OpenAPIHono<AppEnv>) => (documentOf(app).components?.schemas ?? {}) as Schemas;

/** Call it last: the document has the routes that the app has by then. */
export function addDocs(app: OpenAPIHono<AppEnv>): void {
	const scheme = { type: "http", scheme: "bearer" } as const;
	app.openAPIRegistry.registerComponent("securitySchemes", "shopper", {
		...scheme,
		bearerFormat: "JWT",
		description: "A shopper's token.",
	});
	app.openAPIRegistry.registerComponent("securitySchemes", "admin", {
		...scheme,
		description: "The admin token. A deployment behind Cloudflare Access also accepts its token.",
	});
	for (const event of webhookEvents()) app.openAPIRegistry.registerWebhook(event);
	app.openapi(getHealth, (c) => c.json({ status: "ok" as const }, 200));
	app.openAPIRegistry.registerPath(getOpenApi);
	app.get("/openapi.json", strictQuery(getOpenApi), (c) => c.json(documentOf(app), 200));
	let schemas: ReturnType<typeof schemasOf> | null = null;
	const schemasOnce = () => {
		schemas ??= schemasOf(app);
		return schemas;
	};
	app.route("/", problemPages(schemasOnce));
	app.get("/docs", (c) => c.html(page, 200, { "content-security-policy": POLICY }));
}
