/**
 * Assembles the app: middleware in its order, the routes, and what becomes of an error. No route is written here.
 */
import { HTTPException } from "hono/http-exception";
import { adminChecks } from "./http/admin-checks.ts";
import { adminOrders } from "./http/admin-orders.ts";
import { adminPreorders } from "./http/admin-preorders.ts";
import { adminProducts } from "./http/admin-products.ts";
import { merchantOnly } from "./http/auth.ts";
import { checkouts } from "./http/checkouts.ts";
import { envelope, intake, preflight } from "./http/envelope.ts";
import { live } from "./http/live.ts";
import { addDocs } from "./http/openapi.ts";
import { Problem, problemResponse, retryAfter } from "./http/problems.ts";
import { products } from "./http/products.ts";
import { reservations } from "./http/reservations.ts";
import { newRouter } from "./http/routes.ts";
import { sandbox } from "./http/sandbox.ts";
import { shoppers } from "./http/shoppers.ts";
import { webhooks } from "./http/webhooks.ts";
import { RETRY_AFTER_SECONDS } from "./limits.ts";
import { ObjectUnavailable } from "./platform/unavailable.ts";

export const app = newRouter();

app.onError((fault, c) => problemResponse(toProblem(fault), c.var.requestId));
app.notFound((c) => {
	throw new Problem("not-found", `Nothing answers ${c.req.method} ${c.req.path}.`);
});

app.use(envelope);
app.options("/v1/*", preflight);
app.use(intake);
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
