/** `GET /openapi.json`, made from the routes themselves, and `GET /docs`, which shows it. */
import type { OpenAPIHono } from "@hono/zod-openapi";
import page from "../web/docs/index.html";
import type { AppEnv } from "./context.ts";

/** Scripts and styles of our own only. Swagger UI writes style attributes and draws its icons from data URLs. */
const POLICY = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'";

function documentOf(app: OpenAPIHono<AppEnv>) {
	const document = app.getOpenAPI31Document({
		openapi: "3.1.0",
		info: {
			title: "Holdfast",
			version: "1",
			description:
				"A checkout that cannot oversell. Refusals are RFC 9457 problems; amounts are in minor units; times are RFC 3339 in UTC.",
		},
		tags: [{ name: "shopper" }, { name: "merchant" }],
	});
	for (const [path, methods] of Object.entries(document.paths ?? {})) {
		const tags = [path.startsWith("/admin/") ? "merchant" : "shopper"];
		for (const operation of Object.values(methods as Record<string, { tags?: string[] }>)) operation.tags ??= tags;
	}
	return document;
}

/** Call it last: the document has the routes that the app has by then. */
export function addDocs(app: OpenAPIHono<AppEnv>): void {
	const scheme = { type: "http", scheme: "bearer" } as const;
	app.openAPIRegistry.registerComponent("securitySchemes", "shopper", { ...scheme, bearerFormat: "JWT" });
	app.openAPIRegistry.registerComponent("securitySchemes", "admin", scheme);
	app.get("/openapi.json", (c) => c.json(documentOf(app), 200));
	app.get("/docs", (c) => c.html(page, 200, { "content-security-policy": POLICY }));
}
