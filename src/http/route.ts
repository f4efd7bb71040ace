/** What the routes share: how a route is declared, how an invalid request is refused, and how headers are read. */
import { OpenAPIHono, type RouteConfig, z } from "@hono/zod-openapi";
import type { MiddlewareHandler } from "hono";
import type { HonoOptions } from "hono/hono-base";
import { MAX_IDEMPOTENCY_KEY, MAX_REPORTED_ERRORS } from "../limits.ts";
import { newId } from "../platform/id.ts";
import type { AppEnv } from "./context.ts";
import { Problem, type ProblemName, problemStatus, problemTitle, RETRY_LATER } from "./problems.ts";
import { queryFault } from "./query.ts";
import { illFormedText } from "./shapes/common.ts";
import { anyProblem, unlistedProblem } from "./shapes/problem.ts";

/** An app for one resource. A request that its schemas refuse gets a problem that names each invalid member and why. */
export function newRouter(options: Pick<HonoOptions<AppEnv>, "router"> = {}): OpenAPIHono<AppEnv> {
	const router = new OpenAPIHono<AppEnv>({
		...options,
		defaultHook: (result) => {
			if (!result.success) throw invalidRequest(result.error.issues);
			const path = illFormedText(result.data);
			if (path !== null) throw invalidRequest([{ path, message: "must be well-formed Unicode" }]);
		},
	});
	const { openapi } = router;
	router.openapi = ((route: RouteConfig & { readonly middleware?: Middleware }, handler: never) => {
		const middleware = [...[route.middleware ?? []].flat(), strictQuery(route)];
		return openapi({ ...withRatePolicy(route), middleware }, handler);
	}) as typeof openapi;
	return router;
}

type Middleware = MiddlewareHandler | readonly MiddlewareHandler[];

/**
 * Refuses a query that is not of this route. It stands behind the route's other middleware: who may not ask at all
 * learns that first. Only webhooks are no such route: the provider sends them to the address that a merchant once gave
 * it, with whatever query, and they must not be lost.
 */
export function strictQuery({ request }: RouteConfig): MiddlewareHandler {
	const query = request?.query;
	const parameters = new Set(query instanceof z.ZodObject ? Object.keys(query.shape) : []);
	// Not async: most requests have no query, and every request of a drop passes here.
	return (c, next) => {
		const { url } = c.req;
		const start = url.indexOf("?");
		const fault = start < 0 ? null : queryFault(url.slice(start + 1).split("#", 1)[0] ?? "", parameters);
		if (fault !== null) throw invalidRequest([fault]);
		return next();
	};
}

interface Issue {
	readonly path: readonly PropertyKey[];
	readonly message: string;
}

/** What is wrong with a request, member by member. */
export function invalidRequest(issues: readonly Issue[]): Problem {
	const errors = issues
		.slice(0, MAX_REPORTED_ERRORS)
		.map(({ path, message }) => ({ path: path.map(String).join("."), message }));
	const [first] = errors;
	const detail = first === undefined ? "The request is not valid." : `${first.path || "The request"}: ${first.message}`;
	return new Problem("invalid-request", detail, { members: { errors } });
}

// ---- How a route is declared

export const SHOPPER = [{ shopper: [] }];
export const ADMIN = [{ admin: [] }];
/** No token is needed. The document says so for each route, so that a forgotten one is an error of the linter. */
export const OPEN: [] = [];

/** Problems of every route that reads a body. */
export const BODY_PROBLEMS = ["invalid-request", "body-too-large", "unsupported-media-type"] as const;
/** Problems of every route that needs a token and calls objects. */
export const TOKEN_PROBLEMS = ["unauthorized", "not-configured", "temporarily-unavailable"] as const;

export const jsonBody = <T extends z.ZodType>(schema: T) =>
	({ body: { required: true, content: { "application/json": { schema } } } }) as const;

/** Headers of a response, for the document. */
type ResponseHeaders = Readonly<
	Record<string, { readonly description: string; readonly schema: { readonly type: "string" } }>
>;

const header = (description: string) => ({ description, schema: { type: "string" } }) as const;

export const ETAG: ResponseHeaders = { ETag: header("For `If-Match`: changes whenever the resource does.") };
export const LOCATION: ResponseHeaders = { Location: header("The address of the new resource.") };
const RETRY_AFTER: ResponseHeaders = { "Retry-After": header("Seconds after which asking again makes sense.") };
const RATE_LIMIT: ResponseHeaders = {
	RateLimit: header(
		'The policy by which nothing is left, and after how many seconds there is again: `"address";r=0;t=60`.',
	),
};
const RATE_POLICY: ResponseHeaders = {
	"RateLimit-Policy": header(
		"How many requests (`q`) in how many seconds (`w`) you may send, by each policy that counts you here. Absent where " +
			"the shop counts nothing.",
	),
};

/** A route that may answer 429 says by which policy it counts, with each of its answers. A socket's upgrade cannot. */
function withRatePolicy<R extends RouteConfig>(route: R): R {
	if (!("429" in route.responses)) return route;
	const responses = Object.entries(route.responses).map(([status, response]) => {
		if ("$ref" in response || status === "101" || status === "default") return [status, response];
		const own = response.headers as ResponseHeaders | undefined;
		return [status, { ...response, headers: { ...own, ...(status === "429" ? RATE_LIMIT : {}), ...RATE_POLICY } }];
	});
	return { ...route, responses: Object.fromEntries(responses) as R["responses"] };
}

export const json = <T extends z.ZodType>(description: string, schema: T, headers?: ResponseHeaders) =>
	({ description, ...(headers ? { headers } : {}), content: { "application/json": { schema } } }) as const;

/**
 * Only the document needs these schemas, so they are made when it is first asked for, and not when an isolate starts.
 */
const problemContent = (schema: () => z.ZodType) => ({
	"application/problem+json": {
		get schema() {
			return schema();
		},
	},
});

/** The refusals that a route declares, grouped by status for the OpenAPI document. */
export function problemResponses(...names: readonly ProblemName[]): RouteConfig["responses"] {
	const responses: RouteConfig["responses"] = {};
	for (const [status, [first, ...others]] of Map.groupBy(new Set(names), problemStatus)) {
		if (first === undefined) continue;
		responses[status] = {
			description: [first, ...others].map(problemTitle).join("; "),
			content: problemContent(() => anyProblem([first, ...others])),
			...(RETRY_LATER.includes(status) ? { headers: RETRY_AFTER } : {}),
		};
	}
	responses["default"] = { description: "Any other problem", content: problemContent(unlistedProblem) };
	return responses;
}

// ---- Headers of a request

const KEY_RULE = `1 to ${MAX_IDEMPOTENCY_KEY} visible ASCII characters`;

/**
 * The header, for the document. The schema lets it be absent also where it is required: then the route answers with the
 * problem `idempotency-key-missing` that the contract names, and not with `invalid-request`.
 */
const idempotencyHeader = (required: boolean) =>
	z.object({
		"idempotency-key": z
			.string()
			.optional()
			.openapi({
				param: { required, description: `New for each new request, the same when it is repeated: ${KEY_RULE}.` },
			}),
	});

export const IdempotencyHeader = idempotencyHeader(false);
export const RequiredIdempotencyHeader = idempotencyHeader(true);

const VISIBLE_ASCII = new RegExp(`^[\\x21-\\x7e]{1,${MAX_IDEMPOTENCY_KEY}}$`);

/** The request's Idempotency-Key; null without one. @throws Problem `invalid-request` when it is not a key */
export function idempotencyKey(header: string | undefined): string | null {
	if (header === undefined) return null;
	if (VISIBLE_ASCII.test(header)) return header;
	throw invalidRequest([{ path: ["Idempotency-Key"], message: `must be ${KEY_RULE}` }]);
}

/**
 * The request's Idempotency-Key, or one of our own for this one request: a call to an object is sent again when it
 * failed in passing, and without a key what it did would then be done twice. No header has a space, so it is nobody
 * else's key. @throws Problem `invalid-request`
 */
export const ownKeyUnless = (header: string | undefined): string => idempotencyKey(header) ?? `own ${newId()}`;

/** @throws Problem `idempotency-key-missing` or `invalid-request` */
export function requiredIdempotencyKey(header: string | undefined): string {
	const key = idempotencyKey(header);
	if (key === null) throw new Problem("idempotency-key-missing", "Send a new Idempotency-Key with each new request.");
	return key;
}

/** For the document only: a schema for it would read every header of every request. */
export const IF_MATCH = {
	in: "header",
	name: "If-Match",
	required: false,
	schema: { type: "string" },
	description: "Go on only if this is the ETag of what the request would change.",
} as const;

/** The tags of If-Match; null without the header (RFC 9110, section 13.1.1). A weak tag matches nothing. */
export function ifMatch(header: string | undefined): string[] | "*" | null {
	if (header === undefined) return null;
	if (header.trim() === "*") return "*";
	return header.split(",").flatMap((tag) => /^"([^"]*)"$/.exec(tag.trim())?.[1] ?? []);
}
