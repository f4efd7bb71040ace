/**
 * `node src/cli/client-types.ts DOCUMENT FILE [--check]`: writes the types of the client from the OpenAPI document.
 *
 * TypeScript 7 has no compiler API, so the usual generators do not run beside it. The document is made from a few kinds
 * of schema, and one that is not known here is an error, never `any`.
 *
 * With `--check` it writes nothing and fails when the file is not what the document says.
 */
import { readFileSync, writeFileSync } from "node:fs";

interface Schema {
	readonly $ref?: string;
	readonly type?: string | readonly string[];
	readonly enum?: readonly unknown[];
	readonly const?: unknown;
	readonly oneOf?: readonly Schema[];
	readonly anyOf?: readonly Schema[];
	readonly allOf?: readonly Schema[];
	readonly properties?: Readonly<Record<string, Schema>>;
	readonly required?: readonly string[];
	readonly additionalProperties?: boolean | Schema;
	readonly items?: Schema;
	readonly description?: string;
	readonly default?: unknown;
}

interface Parameter {
	readonly name: string;
	readonly in: "path" | "query" | "header";
	readonly required?: boolean;
	readonly schema: Schema;
	readonly description?: string;
}

interface Content {
	readonly content?: Readonly<Record<string, { readonly schema: Schema }>>;
}

interface Operation {
	readonly operationId: string;
	readonly summary: string;
	readonly description?: string;
	readonly security?: readonly Readonly<Record<string, unknown>>[];
	readonly parameters?: readonly Parameter[];
	readonly requestBody?: Content;
	readonly responses: Readonly<Record<string, Content>>;
}

export interface OpenApiDocument {
	readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
	readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

const INTRO = `/**
 * The types of the HTTP API, made from its OpenAPI document: \`npm run client:types\` writes this file, and
 * \`npm run check\` fails when the document has changed. Do not edit it.
 */
`;

/** How an operation is sent: method, path, who may send it, names of its query, and what its repetition needs. */
interface Group {
	readonly name: string;
	readonly title: string;
	readonly has: (path: string) => boolean;
}

/** Tables apart, so that a page that shops does not carry what a merchant may do. */
const GROUPS: readonly Group[] = [
	{ name: "shopper", title: "What a shopper's page may ask.", has: (path) => path.startsWith("/v1/") },
	{ name: "admin", title: "What a merchant may ask.", has: (path) => path.startsWith("/admin/") },
	{
		name: "service",
		title: "What anybody may ask, and the sandbox's card form.",
		has: (path) => path.startsWith("/sandbox/") || path === "/health",
	},
];

/** The text of `src/client/api.ts` for this document. @throws Error for a kind of schema that it does not know */
export function clientTypes(document: OpenApiDocument): string {
	const parts = [INTRO];
	for (const [name, schema] of Object.entries(document.components.schemas)) {
		parts.push(`${comment(schema.description, "")}export ${declaration(name, schema)}\n`);
	}
	for (const group of GROUPS) parts.push(...operationsOf(document, group));
	return parts.join("\n");
}

function declaration(name: string, schema: Schema): string {
	const text = typeOf(schema, "");
	return text.startsWith("{") && !/\}\s*[&|]/.test(text) ? `interface ${name} ${text}` : `type ${name} = ${text};`;
}

function operationsOf(document: OpenApiDocument, group: Group): string[] {
	const types: string[] = [];
	const rows: string[] = [];
	for (const [path, methods] of Object.entries(document.paths)) {
		if (!group.has(path)) continue;
		for (const [method, operation] of Object.entries(methods)) {
			// A socket is no call: \`watch.ts\` opens it.
			if ("101" in operation.responses) continue;
			types.push(`${comment(operation.description ?? operation.summary, "\t")}\t${operationType(operation)}`);
			rows.push(`\t${operation.operationId}: ${operationRow(path, method, operation)},`);
		}
	}
	const title = group.name[0]?.toUpperCase() + group.name.slice(1);
	return [
		`/** ${group.title} */\nexport interface ${title}Operations {\n${types.join("\n")}\n}\n`,
		`export const ${group.name.toUpperCase()}_OPERATIONS = {\n${rows.join("\n")}\n} as const;\n`,
	];
}

function operationType(operation: Operation): string {
	const parameters = (operation.parameters ?? []).filter((parameter) => parameter.in !== "header");
	const members = parameters.map(
		({ name, schema, required, description }) =>
			`${comment(description, "\t\t\t")}\t\t\treadonly ${name}${required ? "" : "?"}: ${typeOf(schema, "\t\t\t")};`,
	);
	const own = members.length > 0 ? `{\n${members.join("\n")}\n\t\t}` : null;
	const bodySchema = operation.requestBody?.content?.["application/json"]?.schema;
	const body = bodySchema ? typeOf(bodySchema, "\t\t") : null;
	const input = [own, body].filter((part) => part !== null).join(" & ") || "{}";
	const answers: string[] = [];
	const problems: string[] = [];
	for (const [status, response] of Object.entries(operation.responses)) {
		const data = response.content?.["application/json"]?.schema;
		const problem = response.content?.["application/problem+json"]?.schema;
		if (status.startsWith("2")) answers.push(data ? typeOf(data, "\t\t") : "null");
		else if (problem && status !== "default") problems.push(typeOf(problem, "\t\t"));
	}
	return [
		`readonly ${operation.operationId}: {`,
		`\t\treadonly input: ${input};`,
		`\t\treadonly data: ${unionOf(answers)};`,
		`\t\treadonly problem: ${unionOf(problems)};`,
		"\t};",
	].join("\n");
}

function operationRow(path: string, method: string, operation: Operation): string {
	const parameters = operation.parameters ?? [];
	const query = parameters.filter((parameter) => parameter.in === "query").map(({ name }) => name);
	const hasKey = parameters.some(({ name }) => name.toLowerCase() === "idempotency-key");
	const body = operation.requestBody?.content?.["application/json"]?.schema;
	const taken = parameters.filter((parameter) => parameter.in !== "header").map(({ name }) => name);
	const clash = taken.find((name) => body?.properties?.[name] !== undefined);
	if (clash !== undefined)
		throw new Error(`${operation.operationId}: ${clash} is a parameter and a member of the body`);
	return JSON.stringify([method.toUpperCase(), path, query, hasKey, body !== undefined]);
}

const unionOf = (types: readonly string[]): string => [...new Set(types)].join(" | ") || "never";

/** @param indent of the line on which the type begins */
function typeOf(schema: Schema, indent: string): string {
	if (schema.$ref !== undefined) return schema.$ref.replace("#/components/schemas/", "");
	if (schema.const !== undefined) return JSON.stringify(schema.const);
	if (schema.enum !== undefined) return unionOf(schema.enum.map((value) => JSON.stringify(value)));
	const alternatives = schema.oneOf ?? schema.anyOf;
	if (alternatives !== undefined) return unionOf(alternatives.map((one) => typeOf(one, indent)));
	if (schema.allOf !== undefined) {
		// A part that only adds a description says nothing about the type.
		const parts = schema.allOf.map((one) => typeOf(one, indent)).filter((part) => part !== "unknown");
		return parts.join(" & ") || "unknown";
	}
	if (typeof schema.type === "string") return typeByName(schema.type, schema, indent);
	if (schema.type !== undefined) return unionOf(schema.type.map((name) => typeByName(name, schema, indent)));
	return "unknown";
}

function typeByName(name: string, schema: Schema, indent: string): string {
	switch (name) {
		case "string":
		case "boolean":
		case "null":
			return name;
		case "integer":
		case "number":
			return "number";
		case "array":
			return arrayOf(schema.items ? typeOf(schema.items, indent) : "unknown");
		case "object":
			return objectType(schema, indent);
		default:
			throw new Error(`a type that the client does not know: ${name}`);
	}
}

const arrayOf = (item: string): string => (/[|&]/.test(item) ? `readonly (${item})[]` : `readonly ${item}[]`);

function objectType(schema: Schema, indent: string): string {
	const inner = `${indent}\t`;
	const required = new Set(schema.required ?? []);
	const members = Object.entries(schema.properties ?? {}).map(([name, member]) => {
		const optional = required.has(name) && member.default === undefined ? "" : "?";
		const key = /^\w+$/.test(name) ? name : JSON.stringify(name);
		return `${comment(member.description, inner)}${inner}readonly ${key}${optional}: ${typeOf(member, inner)};`;
	});
	const rest = schema.additionalProperties;
	if (members.length === 0) {
		return typeof rest === "object" && Object.keys(rest).length > 0
			? `Readonly<Record<string, ${typeOf(rest, indent)}>>`
			: "Readonly<Record<string, unknown>>";
	}
	return `{\n${members.join("\n")}\n${indent}}`;
}

function comment(text: string | undefined, indent: string): string {
	return text === undefined ? "" : `${indent}/** ${text.replaceAll("*/", "*\\/").replaceAll("\n", " ")} */\n`;
}

if (import.meta.main) {
	const [documentFile, file, mode] = process.argv.slice(2);
	if (documentFile === undefined || file === undefined)
		throw new Error("usage: client-types.ts DOCUMENT FILE [--check]");
	const text = clientTypes(JSON.parse(readFileSync(documentFile, "utf8")) as OpenApiDocument);
	if (mode === "--check" && readFileSync(file, "utf8") !== text) {
		console.error(`${file} is not what the API's document says: run "npm run client:types" and commit it.`);
		process.exitCode = 1;
	}
	if (mode !== "--check") writeFileSync(file, text);
}
