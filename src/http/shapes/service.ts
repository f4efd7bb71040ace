/** The answers of addresses that belong to no resource: health, webhooks and the OpenAPI document itself. */
import { z } from "@hono/zod-openapi";

export const HealthResponse = z.object({ status: z.literal("ok") }).openapi("Health", { example: { status: "ok" } });

export const WebhookBody = z
	.record(z.string(), z.unknown())
	.openapi("ProviderEvent", { description: "An event in the provider's own form, byte for byte as it was signed." });

export const WebhookResponse = z
	.object({ received: z.literal(true) })
	.openapi("WebhookReceipt", { example: { received: true } });

export const OpenApiResponse = z
	.looseObject({ openapi: z.string(), info: z.record(z.string(), z.unknown()) })
	.openapi("OpenApiDocument", { description: "An OpenAPI 3.1 document." });
