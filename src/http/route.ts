/**
 * What the routes share: how one is declared, how a bad request is refused, how headers are read.
 */
import { OpenAPIHono, type RouteConfig, z } from "@hono/zod-openapi";
import { MAX_IDEMPOTENCY_KEY, MAX_REPORTED_ERRORS } from "../limits.ts";
import type { AppEnv } from "./context.ts";
import { Problem, type ProblemName } from "./problems.ts";
import { ProblemBody } from "./shapes/problem.ts";

/** An app for one resource. A request that its schemas turn down is a problem that names each member and why. */
export function newRouter(): OpenAPIHono<AppEnv> {
	return new OpenAPIHono<AppEnv>({
		defaultHook: (result) => {
			if (!result.success) throw invalidRequest(result.error.issues);
		},
	});
}

interface Issue {
	readonly path: readonly PropertyKey[];
	readonly message: string;
}

export function invalidRequest(issues: readonly Issue[]): Problem {
	const errors = issues
		.slice(0, MAX_REPORTED_ERRORS)
		.map(({ path, message }) => ({ path: path.map(String).join("."), message }));
	const [first] = errors;
	const detail = first === undefined ? "The request is not valid." : `${first.path || "The request"}: ${first.message}`;
	return new Problem("invalid-request", detail, { members: { errors } });
}

export const jsonBody = <T extends z.ZodType>(schema: T) =>
	({ body: { required: true, content: { "application/json": { schema } } } }) as const;

export const json = <T extends z.ZodType>(description: string, schema: T) =>
	({ description, content: { "application/json": { schema } } }) as const;

/** The problems a route can answer with, grouped by status for the OpenAPI document. */
export function problemResponses(byStatus: Readonly<Record<number, readonly ProblemName[]>>): RouteConfig["responses"] {
	return Object.fromEntries(
		Object.entries(byStatus).map(([status, names]) => [
			status,
			{ description: names.join(", "), content: { "application/problem+json": { schema: ProblemBody } } },
		]),
	);
}

export const SHOPPER = [{ shopper: [] }];
export const ADMIN = [{ admin: [] }];

/**
 * The header, for the document. It is optional here so that its absence gets the problem of its own that the contract
 * names, and not that of a bad request.
 */
export const IdempotencyHeader = z.object({
	"idempotency-key": z.string().optional().openapi({
		description: "new for each new request, the same when it is repeated; 1 to 255 visible ASCII characters",
	}),
});

const VISIBLE_ASCII = new RegExp(`^[\\x21-\\x7e]{1,${MAX_IDEMPOTENCY_KEY}}$`);

/** The request's Idempotency-Key, or null without one. @throws Problem `invalid-request` when it is not a key */
export function idempotencyKey(header: string | undefined): string | null {
	if (header === undefined) return null;
	if (VISIBLE_ASCII.test(header)) return header;
	throw invalidRequest([
		{ path: ["Idempotency-Key"], message: `must be 1 to ${MAX_IDEMPOTENCY_KEY} visible ASCII characters` },
	]);
}

/** @throws Problem `idempotency-key-missing` or `invalid-request` */
export function requiredIdempotencyKey(header: string | undefined): string {
	const key = idempotencyKey(header);
	if (key === null) throw new Problem("idempotency-key-missing", "Send a new Idempotency-Key with each new request.");
	return key;
}

/** The tags of If-Match; null without the header (RFC 9110, section 13.1.1). A weak tag matches nothing. */
export function ifMatch(header: string | undefined): string[] | "*" | null {
	if (header === undefined) return null;
	if (header.trim() === "*") return "*";
	return header.split(",").flatMap((tag) => /^"([^"]*)"$/.exec(tag.trim())?.[1] ?? []);
}
