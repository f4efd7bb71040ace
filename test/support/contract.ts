/**
 * What a route declares, held against what it answers.
 *
 * The declarations are the routes' own: the zod schemas that `/openapi.json` is generated from. An answer with a status that is not
 * declared, a member that is missing or of another type, or a member that nobody declared is a broken contract. So is a
 * refusal that is not a problem, or one of a name that its route does not declare.
 */
import type { z } from "@hono/zod-openapi";
import { expect } from "vitest";
import { app } from "./worker.ts";

export interface ProblemBody {
	readonly type: string;
	readonly title: string;
	readonly status: number;
	readonly detail: string;
	readonly requestId: string;
	readonly [member: string]: unknown;
}

interface Declared {
	readonly method: string;
	readonly path: string;
	readonly pattern: RegExp;
	/** Whether it takes a body. */
	readonly hasBody: boolean;
	readonly responses: Readonly<
		Record<string, { readonly description: string; readonly content?: Record<string, { readonly schema: z.ZodType }> }>
	>;
}

/** Every route that stands in `/openapi.json`. */
export const ROUTES: readonly Declared[] = app.openAPIRegistry.definitions.flatMap((definition) => {
	if (definition.type !== "route") return [];
	const { method, path, request, responses } = definition.route;
	const pattern = new RegExp(`^${path.replaceAll(".", "\\.").replace(/\{\w+\}/g, "[^/]+")}$`);
	return [
		{
			method: method.toUpperCase(),
			path,
			pattern,
			hasBody: request?.body !== undefined,
			responses: responses as Declared["responses"],
		},
	];
});

/** Refusals that come from before or beneath any route, so that none has to declare them. */
const ANYWHERE = [
	"invalid-request",
	"unauthorized",
	"not-found",
	"body-too-large",
	"unsupported-media-type",
	"temporarily-unavailable",
	"not-configured",
];

export function expectDeclared(method: string, path: string, response: Response, body: unknown): void {
	const what = `${method} ${path} -> ${response.status} ${JSON.stringify(body)}`;
	const route = ROUTES.find((declared) => declared.method === method && declared.pattern.test(path));
	if (response.status >= 400) expectAProblem(what, route, response, body as ProblemBody);
	else if (route !== undefined) expectAnAnswer(what, route, response, body);
}

function expectAnAnswer(what: string, route: Declared, response: Response, body: unknown): void {
	const schema = route.responses[String(response.status)]?.content?.["application/json"]?.schema;
	expect(schema, `${what}: a status that the route does not declare`).toBeDefined();
	expect(response.headers.get("content-type"), what).toMatch(/^application\/json/);
	const parsed = schema?.safeParse(body);
	expect(parsed?.error?.issues ?? [], what).toEqual([]);
	// Parsing drops what the schema does not know.
	expect(parsed?.data, `${what}: members that the route does not declare`).toEqual(body);
}

function expectAProblem(what: string, route: Declared | undefined, response: Response, body: ProblemBody): void {
	expect(response.headers.get("content-type"), what).toBe("application/problem+json");
	expect(body, what).toMatchObject({
		type: expect.stringMatching(/^\/problems\/[a-z-]+$/),
		title: expect.stringMatching(/\S/),
		status: response.status,
		detail: expect.stringMatching(/\S/),
		requestId: response.headers.get("x-request-id"),
	});
	expect(response.status, what).not.toBe(500);
	if (response.status === 429 || response.status === 503) {
		expect(response.headers.get("retry-after"), `${what}: without Retry-After`).toMatch(/^[1-9]\d*$/);
	}
	const name = body.type.slice("/problems/".length);
	const declared = route?.responses[String(response.status)]?.description.split(", ") ?? [];
	if (route !== undefined && !ANYWHERE.includes(name)) {
		expect(declared, `${what}: a problem that the route does not declare`).toContain(name);
	}
}
