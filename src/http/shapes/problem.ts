/** A refusal, as RFC 9457 problem details. */
import { z } from "@hono/zod-openapi";

export const ProblemBody = z
	.object({
		type: z.string().openapi({ example: "/problems/sold-out" }),
		title: z.string(),
		status: z.int(),
		detail: z.string(),
		requestId: z.string(),
	})
	.catchall(z.any())
	.openapi("Problem");
