/**
 * Assembles the app: middleware in its order, the routes, and what becomes of an error. No route is written here.
 */
import { HTTPException } from "hono/http-exception";
import { RETRY_AFTER_SECONDS } from "../limits.ts";
import { ObjectUnavailable } from "../platform/errors.ts";
import { adminChecks } from "./admin/operations.ts";
import { adminOrders } from "./admin/orders.ts";
import { adminPreorders } from "./admin/preorders.ts";
import { adminProducts } from "./admin/products.ts";
import { merchantOnly } from "./middleware/auth.ts";
import { preflight, requestGuards, responseHeaders } from "./middleware/response-headers.ts";
import { addDocs } from "./openapi.ts";
import { Problem, problemResponse, retryAfter } from "./problems.ts";
import { sandbox } from "./provider/sandbox.ts";
import { webhooks } from "./provider/webhooks.ts";
import { newRouter } from "./route.ts";
import { checkouts } from "./shopper/checkouts.ts";
import { live } from "./shopper/live.ts";
import { products } from "./shopper/products.ts";
import { reservations } from "./shopper/reservations.ts";
import { shoppers } from "./shopper/shoppers.ts";

export const app = newRouter();

app.onError((fault, c) => problemResponse(toProblem(fault), c.var.requestId));
app.notFound((c) => {
	throw new Problem("not-found", `Nothing answers ${c.req.method} ${c.req.path}.`);
});

app.use(responseHeaders);
app.options("/v1/*", preflight);
app.use(requestGuards);
app.use("/admin/*", merchantOnly);

app.get("/health", (c) => c.json({ status: "ok" }, 200));
const shopperRoutes = [shoppers, products, live, reservations, checkouts];
const adminRoutes = [adminProducts, adminOrders, adminPreorders, adminChecks];
for (const routes of [...shopperRoutes, ...adminRoutes, webhooks, sandbox]) {
	app.route("/", routes);
}
addDocs(app);

function toProblem(fault: Error): Problem {
	if (fault instanceof Problem) return fault;
	if (fault instanceof ObjectUnavailable) {
		return new Problem("temporarily-unavailable", "Too much at once. Try again.", {
			headers: retryAfter(RETRY_AFTER_SECONDS),
		});
	}
	// Hono's own: a body that is not JSON, and one that does not say that it is.
	if (fault instanceof HTTPException && fault.status === 400) return new Problem("invalid-request", fault.message);
	if (fault instanceof HTTPException && fault.status === 415) {
		return new Problem("unsupported-media-type", "Send application/json.");
	}
	console.error(`fault: ${fault.name}: ${fault.message}`);
	return new Problem("internal-error", "The fault is ours and has been noted. Nothing was half done.");
}
