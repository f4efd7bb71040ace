/**
 * Problems for people: `GET /problems/{name}`, the page that the `type` of a problem leads to, and the page that a
 * browser gets in place of problem details at any address that is no call of the API.
 */
import { type Context, Hono } from "hono";
import type { AppEnv } from "./context.ts";
import { escapeHtml, page, titleOf } from "./page.ts";
import { PROBLEM_TEXTS } from "./problem-texts.ts";
import { PROBLEM_NAMES, Problem, type ProblemName, problemHeaders, problemStatus, problemTitle } from "./problems.ts";

/** The parts of a JSON schema by which the document describes a member. */
interface Schema {
	readonly $ref?: string;
	readonly type?: string | readonly string[];
	readonly description?: string;
	readonly enum?: readonly (string | null)[];
	readonly items?: Schema;
	readonly allOf?: readonly Schema[];
	readonly properties?: Readonly<Record<string, Schema>>;
	readonly required?: readonly string[];
}
export type Schemas = Readonly<Record<string, Schema>>;

interface Member {
	readonly name: string;
	readonly type: string;
	readonly meaning: string;
	readonly isOptional: boolean;
}

const STANDARD = ["type", "title", "status", "detail", "requestId"];

/** What a member is, in words. */
function typeText(schema: Schema): string {
	if (schema.enum) return schema.enum.map((value) => value ?? "null").join(", ");
	if (schema.type === "array") return "list";
	if (schema.type === undefined) return "object";
	return [schema.type].flat().join(" or ");
}

function meaningOf(schema: Schema, schemas: Schemas): string {
	const referred = schema.$ref === undefined ? undefined : schemas[schema.$ref.split("/").at(-1) ?? ""];
	const described = [schema, ...(schema.allOf ?? []).toReversed(), ...(referred ? [referred] : [])];
	return described.find(({ description }) => description !== undefined)?.description ?? "";
}

/** The members of a problem beside the standard ones, from the OpenAPI document. */
function membersOf(name: ProblemName, schemas: Schemas): Member[] {
	const component = `${name.replace(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase())}Problem`;
	const { properties = {}, required = [] } = schemas[component] ?? {};
	return Object.entries(properties).flatMap(([member, schema]) => {
		if (STANDARD.includes(member)) return [];
		const isOptional = !required.includes(member);
		return [{ name: member, type: typeText(schema), meaning: meaningOf(schema, schemas), isOptional }];
	});
}

/** A text as HTML, with `code` between backticks. */
const textHtml = (text: string): string => escapeHtml(text).replace(/`([^`]+)`/g, "<code>$1</code>");

const memberHtml = ({ name, type, meaning, isOptional }: Member): string =>
	`<div><dt><code>${escapeHtml(name)}</code></dt><dd>${textHtml(meaning)} <span class="soft">${escapeHtml(type)}` +
	`${isOptional ? "; may be absent" : ""}</span></dd></div>`;

function explanationHtml(name: ProblemName, members: readonly Member[]): string {
	const { means, next } = PROBLEM_TEXTS[name];
	const standard = STANDARD.map((member) => `\`${member}\``).join(", ");
	const own = members.length === 0 ? "<p>It has no others.</p>" : `<dl>${members.map(memberHtml).join("")}</dl>`;
	return [
		`<div><p class="eyebrow">${problemStatus(name)} · <code>${name}</code></p><h1>${escapeHtml(problemTitle(name))}</h1></div>`,
		`<p>${textHtml(means)}</p>`,
		`<h2>What to do next</h2><p>${textHtml(next)}</p>`,
		`<h2>Its members</h2><p>${textHtml(`Beside ${standard}, which every problem has:`)}</p>${own}`,
		'<p class="actions"><a class="button" href="/docs">API reference</a></p>',
	].join("");
}

/** @param schemas the components of the OpenAPI document, which is made when the first page is asked for */
export function problemPages(schemas: () => Schemas) {
	return new Hono<AppEnv>().get("/problems/:name", (c) => {
		const name = PROBLEM_NAMES.find((known) => known === c.req.param("name"));
		if (name === undefined) throw new Problem("not-found", "No problem has this name.");
		const main = explanationHtml(name, membersOf(name, schemas()));
		return page(c, "plain", { head: titleOf(problemTitle(name), c.env.SHOP_NAME), main });
	});
}

/** Addresses of the API, which answer a browser as they answer everybody. */
const API = /^\/(v1|admin\/v1|webhooks|sandbox)(\/|$)|^\/(health|openapi\.json)$/;

/** Whether somebody has opened this address in a browser, and it is none of the API's. */
export function isNavigation(c: Context<AppEnv>): boolean {
	const { method, path } = c.req;
	if (method !== "GET" && method !== "HEAD") return false;
	return !API.test(path) && /\btext\/html\b/i.test(c.req.header("accept") ?? "");
}

/** The problem as a page. */
export function problemPage(c: Context<AppEnv>, problem: Problem): Promise<Response> {
	const isMissing = problem.problem === "not-found";
	const title = isMissing ? "There is nothing here" : problemTitle(problem.problem);
	const text = isMissing ? "The address may be old, or not quite right." : problem.message;
	const main = [
		`<div><p class="eyebrow">${problem.status}</p><h1>${escapeHtml(title)}</h1></div>`,
		`<p>${textHtml(text)}</p>`,
		`<p class="actions"><a class="button primary" href="/">Back to the shop</a>`,
		`<a class="button" href="/problems/${problem.problem}">What this means</a></p>`,
		`<p class="soft">Request <code>${escapeHtml(c.var.requestId)}</code></p>`,
	].join("");
	const headers = { ...problemHeaders(problem), vary: "accept" };
	return page(c, "plain", { head: titleOf(title, c.env.SHOP_NAME), status: problem.status, headers, main });
}
