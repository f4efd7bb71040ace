/** `GET /openapi.json`: that readers find their way in it, and that a client generated from it has exact types. */
import { beforeAll, describe, expect, it } from "vitest";
import { version } from "../../package.json";
import { PROBLEM_NAMES } from "../../src/http/problems.ts";
import { EVENT_TYPES } from "../../src/webhooks/event.ts";
import { ROUTES } from "../support/contract.ts";
import { call } from "../support/http.ts";

interface Schema {
	readonly $ref?: string;
	readonly type?: string | readonly string[];
	readonly enum?: readonly unknown[];
	readonly description?: string;
	readonly properties?: Readonly<Record<string, Schema>>;
	readonly required?: readonly string[];
	readonly additionalProperties?: boolean | Schema;
	readonly allOf?: readonly Schema[];
	readonly oneOf?: readonly Schema[];
	readonly example?: object;
}

type Content = Readonly<Record<string, { readonly schema: Schema }>>;

interface Operation {
	readonly operationId?: string;
	readonly summary?: string;
	readonly tags?: readonly string[];
	readonly security?: readonly object[];
	readonly parameters?: readonly { readonly name: string; readonly description?: string }[];
	readonly requestBody?: { readonly content: Content };
	readonly responses: Readonly<Record<string, { readonly content?: Content }>>;
}

interface OpenApi {
	readonly info: { readonly version: string };
	readonly tags: readonly { readonly name: string; readonly description?: string }[];
	readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
	readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

let openApi: OpenApi;
let operations: readonly (readonly [name: string, operation: Operation])[];

beforeAll(async () => {
	openApi = (await call<OpenApi>("GET", "/openapi.json")).body;
	operations = Object.entries(openApi.paths).flatMap(([path, methods]) =>
		Object.entries(methods).map(([method, operation]) => [`${method.toUpperCase()} ${path}`, operation] as const),
	);
});

/** The schema itself, when it is a reference to one. */
function resolve(schema: Schema): Schema {
	if (schema.$ref === undefined) return schema;
	const resolved = openApi.components.schemas[schema.$ref.replace("#/components/schemas/", "")];
	expect(resolved, schema.$ref).toBeDefined();
	return resolved as Schema;
}

/** Every schema in the document with its path. Examples and defaults are no schemas. */
function* schemasIn(value: unknown, path: string): Generator<readonly [path: string, schema: Schema]> {
	if (typeof value !== "object" || value === null || /\/(example|default|enum)$/.test(path)) return;
	if (!Array.isArray(value)) yield [path, value];
	for (const [name, member] of Object.entries(value)) yield* schemasIn(member, `${path}/${name}`);
}

describe("an operation", () => {
	it("has an operationId that reads as a function's name and that no other has", () => {
		const ids = operations.map(([, { operationId }]) => operationId);
		for (const [name, { operationId }] of operations) {
			expect(operationId, name).toMatch(/^[a-z]+([A-Z][a-z0-9]*)*$/);
			expect(
				ids.filter((id) => id === operationId),
				name,
			).toHaveLength(1);
		}
	});

	it("has a summary that fits a menu and that no other has", () => {
		const summaries = operations.map(([, { summary }]) => summary);
		for (const [name, { summary }] of operations) {
			expect(summary, name).toMatch(/^[A-Z][^.?!]{2,48}$/);
			expect(
				summaries.filter((other) => other === summary),
				name,
			).toHaveLength(1);
		}
	});

	it("has one tag, and each tag is described", () => {
		const described = openApi.tags.filter(({ description }) => description).map(({ name }) => name);
		for (const [name, { tags = [] }] of operations) {
			expect(tags, name).toHaveLength(1);
			expect(described, name).toContain(tags[0]);
		}
	});

	it("says which token it needs, or that it needs none", () => {
		for (const [name, { security }] of operations) expect(security, name).toBeDefined();
	});

	it("describes each of its parameters", () => {
		for (const [name, { parameters = [] }] of operations) {
			for (const parameter of parameters) expect(parameter.description, `${name} ${parameter.name}`).toMatch(/\.$/);
		}
	});

	it("lists the problems of each status, and may answer with an unlisted one", () => {
		for (const [name, { responses }] of operations) {
			expect(Object.keys(responses), name).toContain("default");
			for (const [status, { content }] of Object.entries(responses)) {
				const schema = content?.["application/problem+json"]?.schema;
				if (schema === undefined || status === "default") continue;
				for (const problem of schema.oneOf ?? [schema]) {
					const { type, status: declared } = resolve(problem).properties ?? {};
					expect(declared?.enum, `${name} ${status}`).toEqual([Number(status)]);
					expect(PROBLEM_NAMES, `${name} ${status}`).toContain(String(type?.enum?.[0]).replace("/problems/", ""));
				}
			}
		}
	});
});

describe("a schema", () => {
	/**
	 * Where anything may be: what somebody else defines, and the members of a problem that an operation does not list.
	 */
	const ANYTHING = [
		"schemas/CheckoutEvent/properties/detail/additionalProperties",
		"schemas/OpenApiDocument/additionalProperties",
		"schemas/OpenApiDocument/properties/info/additionalProperties",
		"schemas/Problem/additionalProperties",
		"schemas/ProviderEvent/additionalProperties",
	];

	it("allows any value only where somebody else defines the values", () => {
		const empty = [...schemasIn(openApi.components.schemas, "schemas")]
			.filter(([, schema]) => Object.keys(schema).length === 0)
			.map(([path]) => path);
		expect(empty.sort()).toEqual(ANYTHING);
	});

	it("is never the intersection of an object and of an object or null, which no null satisfies", () => {
		for (const [path, { allOf = [] }] of schemasIn(openApi.components.schemas, "schemas")) {
			for (const { type } of allOf) expect(Array.isArray(type) && type.includes("null"), path).toBe(false);
		}
	});

	it("says each member once: what extends a schema adds to it, and can never widen what it allows", () => {
		for (const [path, { allOf = [] }] of schemasIn(openApi.components.schemas, "schemas")) {
			const members = allOf.flatMap((part) => Object.keys(resolve(part).properties ?? {}));
			expect(members.length, path).toBe(new Set(members).size);
		}
	});

	it("is a union only of members that exclude each other", () => {
		/** The values that a member may have, when they are a few constants. */
		const constants = (schema: Schema | undefined): readonly unknown[] | undefined =>
			schema?.type === "null" ? [null] : schema?.enum;
		const exclude = (a: Schema, b: Schema): boolean => {
			if (typeof a.type === "string" && typeof b.type === "string" && a.type !== b.type) return true;
			const [left, right] = [a.properties ?? {}, b.properties ?? {}];
			const types = (schema: Schema) => [schema.type ?? []].flat();
			if (types(a).length > 0 && types(b).length > 0 && !types(a).some((type) => types(b).includes(type))) return true;
			const differs = Object.keys(left).some((name) => {
				const [one, other] = [constants(left[name]), constants(right[name])];
				return one !== undefined && other !== undefined && !one.some((value) => other.includes(value));
			});
			const strict = (object: Schema, other: Schema) =>
				object.additionalProperties === false && (other.required ?? []).some((name) => !object.properties?.[name]);
			return differs || strict(a, b) || strict(b, a);
		};
		let unions = 0;
		for (const [path, { oneOf = [] }] of schemasIn(openApi.components.schemas, "schemas")) {
			const members = oneOf.filter(({ type }) => type !== "null").map(resolve);
			unions += members.length > 1 ? 1 : 0;
			for (const [i, member] of members.entries()) {
				for (const other of members.slice(i + 1)) {
					expect(exclude(member, other), `${path}: ${JSON.stringify([member, other])}`).toBe(true);
				}
			}
		}
		expect(unions).toBeGreaterThan(3);
	});

	it("of a problem has the problem's title for its description", () => {
		const problems = Object.entries(openApi.components.schemas).filter(([name]) => /.Problem$/.test(name));
		expect(problems.length).toBeGreaterThan(30);
		for (const [name, { description }] of problems) expect(description, name).toMatch(/^[A-Z][^.?!]{2,60}$/);
	});
});

describe("an example", () => {
	/** The provider defines its events, and an example of this document would be as long as the document. */
	const WITHOUT = ["POST /webhooks/{provider}: body", "GET /openapi.json: 200"];

	it("of every body and every answer is valid", () => {
		const json = "application/json";
		const declared = ROUTES.flatMap(({ method, path, body, responses }) => {
			const operation = openApi.paths[path]?.[method.toLowerCase()];
			const answers = Object.entries(responses).map(([status, { content }]) => ({
				name: `${method} ${path}: ${status}`,
				schema: content?.[json]?.schema,
				documented: operation?.responses[status]?.content?.[json]?.schema,
			}));
			const documented = operation?.requestBody?.content[json]?.schema;
			return [{ name: `${method} ${path}: body`, schema: body, documented }, ...answers];
		});
		let examples = 0;
		for (const { name, schema, documented } of declared) {
			if (!schema || WITHOUT.includes(name)) continue;
			const example = resolve(documented ?? {}).example ?? {};
			const parsed = schema.safeParse(example);
			expect(parsed.error?.issues ?? [], name).toEqual([]);
			// Parsing adds the defaults, and drops what the schema does not know.
			expect(parsed.data, name).toMatchObject(example);
			examples += 1;
		}
		expect(examples).toBeGreaterThan(40);
	});
});

it("has every event that webhooks are told, with what it carries", () => {
	const events = (openApi as unknown as { webhooks: Record<string, { post: Operation }> }).webhooks;
	expect(Object.keys(events)).toEqual([...EVENT_TYPES]);
	for (const [type, { post }] of Object.entries(events)) {
		const payload = resolve(post.requestBody?.content["application/json"]?.schema ?? {});
		expect(payload.properties?.["type"]?.enum, type).toEqual([type]);
		expect(payload.required, type).toEqual(["type", "timestamp", "data"]);
		expect(post.parameters?.map(({ name }) => name)).toEqual(["webhook-id", "webhook-timestamp", "webhook-signature"]);
	}
});

it("names the package's version as the version of the API", () => {
	expect(openApi.info.version).toBe(version);
});
