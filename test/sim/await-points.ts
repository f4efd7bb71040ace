/**
 * Marks the places in an object's file where it waits, so that a simulation can let the object die in each of them: every
 * `await`, and every `return` by which an asynchronous function waits for another.
 *
 * For the tests alone: Vite runs it over the two files when it serves them to the simulations (`vitest.config.ts`). What
 * it makes of `await save()` in `open` is `await atAwait("open 1", this, save())`, which gives `save()` back unless a
 * simulation wants otherwise (`awaits.ts`). Lines stay where they are. Pure.
 */
import { parseSync } from "vite";

interface Node {
	readonly type: string;
	readonly start: number;
	readonly end: number;
	readonly async?: boolean;
	readonly argument?: Node | null;
	readonly key?: { readonly name?: string };
	readonly [member: string]: unknown;
}

interface Point {
	readonly name: string;
	/** The expression that is waited for. */
	readonly awaited: Node;
}

const FUNCTIONS = ["FunctionExpression", "FunctionDeclaration", "ArrowFunctionExpression"];

const isNode = (value: unknown): value is Node =>
	typeof value === "object" && value !== null && typeof (value as Node).type === "string";

/** @param kind of the objects whose file it is */
export function markAwaits(code: string, file: string, kind: string): string {
	const parsed = parseSync(file, code, { lang: "ts", sourceType: "module" });
	const [error] = parsed.errors;
	if (error !== undefined) throw new Error(`${file}: ${error.message}`);
	const points: Point[] = [];
	const counts = new Map<string, number>();
	const add = (method: string, awaited: Node) => {
		const nth = (counts.get(method) ?? 0) + 1;
		counts.set(method, nth);
		points.push({ name: `${kind} ${method} ${nth}`, awaited });
	};
	const visit = (node: Node, method: string, isAsync: boolean): void => {
		const within = node.type === "MethodDefinition" ? (node.key?.name ?? "") : method;
		const inAsync = FUNCTIONS.includes(node.type) ? node.async === true : isAsync;
		const { argument } = node;
		if (node.type === "AwaitExpression" && isNode(argument)) add(within, argument);
		const waits = node.type === "ReturnStatement" && inAsync && argument?.type === "CallExpression";
		if (waits && isNode(argument)) add(within, argument);
		for (const child of Object.values(node).flat()) if (isNode(child)) visit(child, within, inAsync);
	};
	visit(parsed.program as unknown as Node, "", false);
	// From the end to the start, so that the places that are still to be marked stay where they were.
	const marks = points.flatMap(({ name, awaited: { start, end } }) => [
		{ at: start, text: `atAwait(${JSON.stringify(name)}, this, (` },
		{ at: end, text: "))" },
	]);
	let marked = code;
	for (const { at, text } of marks.sort((a, b) => b.at - a.at)) marked = marked.slice(0, at) + text + marked.slice(at);
	const names = JSON.stringify(points.map(({ name }) => name));
	return `${marked}
(globalThis.awaitPoints ??= []).push(...${names});
function atAwait(point, self, awaited) { return globalThis.atAwait?.(point, self, awaited) ?? awaited; }
`;
}
