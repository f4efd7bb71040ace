/** `GET /openapi.json`, made from the routes themselves, and `GET /docs`, which shows it. */
import type { OpenAPIHono } from "@hono/zod-openapi";
import type { AppEnv } from "./env.ts";

export function addDocs(app: OpenAPIHono<AppEnv>): void {
	const scheme = { type: "http", scheme: "bearer" } as const;
	app.openAPIRegistry.registerComponent("securitySchemes", "shopper", { ...scheme, bearerFormat: "JWT" });
	app.openAPIRegistry.registerComponent("securitySchemes", "admin", scheme);
	app.doc31("/openapi.json", {
		openapi: "3.1.0",
		info: {
			title: "Holdfast",
			version: "1",
			description:
				"A checkout that cannot oversell. Refusals are RFC 9457 problems; amounts are in minor units; times are RFC 3339 in UTC.",
		},
	});
}
