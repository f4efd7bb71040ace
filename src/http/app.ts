/** Assembles the app: the middleware in its order, and the routes, which are written in the files below. */
import type { OpenAPIHono } from "@hono/zod-openapi";
import { IsolateMemory } from "../edge/isolate-memory.ts";
import { Addresses } from "./addresses.ts";
import { adminCheckouts } from "./admin/checkouts.ts";
import { adminErase } from "./admin/erase.ts";
import { adminOperations } from "./admin/operations.ts";
import { adminOrders } from "./admin/orders.ts";
import { adminPreorders } from "./admin/preorders.ts";
import { adminProducts } from "./admin/products.ts";
import { adminStock } from "./admin/stock.ts";
import { adminWebhooks } from "./admin/webhooks.ts";
import type { AppEnv } from "./context.ts";
import { merchantOnly } from "./middleware/auth.ts";
import { requestGuards } from "./middleware/request-guards.ts";
import { preflight, responseHeaders } from "./middleware/response-headers.ts";
import { addDocs } from "./openapi.ts";
import { pages } from "./pages.ts";
import { isNavigation, problemPage } from "./problem-pages.ts";
import { problemResponse, toProblem } from "./problems.ts";
import { isHiddenSandbox, sandbox } from "./provider/sandbox.ts";
import { webhooks } from "./provider/webhooks.ts";
import { newRouter } from "./route.ts";
import { FastRouter } from "./router.ts";
import { checkouts } from "./shopper/checkouts.ts";
import { live } from "./shopper/live.ts";
import { orders } from "./shopper/orders.ts";
import { products } from "./shopper/products.ts";
import { reservations } from "./shopper/reservations.ts";
import { shoppers } from "./shopper/shoppers.ts";

const SHOPPER_ROUTES = [shoppers, products, live, reservations, checkouts, orders];
const ADMIN_ROUTES = [
	adminProducts,
	adminStock,
	adminCheckouts,
	adminOrders,
	adminErase,
	adminPreorders,
	adminWebhooks,
	adminOperations,
];
const PROVIDER_ROUTES = [webhooks, sandbox];

/**
 * A new app, with caches of its own.
 * @param options.batching sends reservations of one SKU in batches. It needs a runtime in which one request may wait
 * for another's promise, as in production: the test pool forbids that between requests.
 */
export function createApp({ batching }: { readonly batching: boolean }): OpenAPIHono<AppEnv> {
	const app = newRouter({ router: new FastRouter() });
	const memory = new IsolateMemory({ batching });
	const addresses = new Addresses(app, isHiddenSandbox);

	app.onError((error, c) => {
		const problem = toProblem(error, c.var.requestId);
		return isNavigation(c) ? problemPage(c, problem) : problemResponse(problem, c.var.requestId);
	});
	app.notFound(addresses.notFound);

	app.use(responseHeaders(memory));
	app.options("*", addresses.allow);
	app.options("/v1/*", preflight);
	app.use(requestGuards);
	app.use("/admin/v1/*", merchantOnly);

	for (const routes of [...SHOPPER_ROUTES, ...ADMIN_ROUTES, ...PROVIDER_ROUTES]) app.route("/", routes);
	app.route("/", pages);
	addDocs(app);
	return app;
}
