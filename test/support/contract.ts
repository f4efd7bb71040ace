/**
 * Compares what a route responds with what it declares.
 *
 * The declarations are the zod schemas of the routes, from which `/openapi.json` is made. A response breaks the
 * contract by a status that its route does not declare, by a member that is missing, undeclared or of another type, by
 * an error that is not a problem, and by a problem whose name its route does not declare.
 */
import type { z } from "@hono/zod-openapi";
import { expect } from "vitest";
import { PROBLEM_NAMES, type ProblemName } from "../../src/http/problems.ts";
import { problemSchema } from "../../src/http/shapes/problem.ts";
import { app } from "./worker.ts";

export interface ProblemBody {
	readonly type: string;
	readonly title: string;
	readonly status: number;
	readonly detail: string;
	readonly requestId: string;
	readonly [member: string]: unknown;
}

type BodyContent = Readonly<Record<string, { readonly schema: z.ZodType }>>;

interface Declared {
	readonly method: string;
	readonly path: string;
	readonly pattern: RegExp;
	/** The schema of its body; null when it takes none. */
	readonly body: z.ZodType | null;
	readonly responses: Readonly<
		Record<string, { readonly description: string; readonly content?: Record<string, { readonly schema: z.ZodType }> }>
	>;
}

/** Every route of `/openapi.json`. */
export const ROUTES: readonly Declared[] = app.openAPIRegistry.definitions.flatMap((definition) => {
	if (definition.type !== "route") return [];
	const { method, path, request, responses } = definition.route;
	const pattern = new RegExp(`^${path.replaceAll(".", "\\.").replace(/\{\w+\}/g, "[^/]+")}$`);
	return [
		{
			method: method.toUpperCase(),
			path,
			pattern,
			body: (request?.body?.content as BodyContent | undefined)?.["application/json"]?.schema ?? null,
			responses: responses as Declared["responses"],
		},
	];
});

/** Problems that any route may respond with: they come from middleware, or from below the routes. */
const UNDECLARED_PROBLEMS: readonly ProblemName[] = [
	"invalid-request",
	"unauthorized",
	"not-found",
	"method-not-allowed",
	"body-too-large",
	"unsupported-media-type",
	"temporarily-unavailable",
	"not-configured",
];

export function expectDeclared(method: string, path: string, response: Response, body: unknown): void {
	const what = `${method} ${path} -> ${response.status} ${JSON.stringify(body)}`;
	const route = ROUTES.find((declared) => declared.method === method && declared.pattern.test(path));
	if (response.status >= 400) expectDeclaredProblem(what, route, response, body as ProblemBody);
	else if (route !== undefined) expectDeclaredSuccess(what, route, response, body);
}

function expectDeclaredSuccess(what: string, route: Declared, response: Response, body: unknown): void {
	const type = response.headers.get("content-type")?.split(";")[0] ?? "";
	const schema = route.responses[String(response.status)]?.content?.[type]?.schema;
	expect(schema, `${what}: a status that the route does not declare`).toBeDefined();
	const parsed = schema?.safeParse(body);
	expect(parsed?.error?.issues ?? [], what).toEqual([]);
	// Parsing drops members that the schema does not have.
	expect(parsed?.data, `${what}: members that the route does not declare`).toEqual(body);
}

function expectDeclaredProblem(what: string, route: Declared | undefined, response: Response, body: ProblemBody): void {
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
	const name = body.type.slice("/problems/".length) as ProblemName;
	expect(PROBLEM_NAMES, what).toContain(name);
	const parsed = problemSchema(name).safeParse(body);
	expect(parsed.error?.issues ?? [], what).toEqual([]);
	// Parsing drops what the schema does not know.
	expect(parsed.data, `${what}: members that the problem does not declare`).toEqual(body);
	const declared = route?.responses[String(response.status)]?.content?.["application/problem+json"]?.schema;
	if (route !== undefined && !UNDECLARED_PROBLEMS.includes(name)) {
		expect(declared?.safeParse(body).success, `${what}: a problem that the route does not declare`).toBe(true);
	}
}
