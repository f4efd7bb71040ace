/**
 * Mutations that Stryker does not make, and that matter in rules: they build objects from others, count, and fall back.
 *
 * Stryker has no interface for mutators of others, so `addMutators` adds these to its own list of them.
 */
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

/** A node of Babel's syntax tree, as far as it is looked at here. */
export interface Node {
	readonly type: string;
	readonly [member: string]: unknown;
}

/** Where a node stands: Babel's `NodePath`, as far as it is looked at here. */
export interface Place {
	readonly node: Node;
	readonly parent: Node | undefined;
	/** The list of the parent that the node is in, and where it is there. */
	readonly listKey?: string;
	readonly key?: string | number;
	readonly parentPath?: Place | null;
}

interface Mutator {
	readonly name: string;
	mutate(place: Place): Iterable<Node>;
}

/** `{ ...r, quantity }` without one of its members. An object without any is Stryker's. */
const removedMember: Mutator = {
	name: "RemovedMember",
	*mutate({ parent, listKey }) {
		if (parent?.type !== "ObjectExpression" || listKey !== "properties") return;
		if ((parent["properties"] as Node[]).length < 2) return;
		yield { type: "SpreadElement", argument: { type: "ObjectExpression", properties: [] } };
	},
};

/** `[first, second]` without one of its elements. An array without any is Stryker's. */
const removedElement: Mutator = {
	name: "RemovedElement",
	*mutate({ node }) {
		if (node.type !== "ArrayExpression") return;
		const elements = node["elements"] as Node[];
		if (elements.length < 2) return;
		for (const left of elements) {
			yield { type: "ArrayExpression", elements: elements.filter((element) => element !== left) };
		}
	},
};

/** A call or an assignment that is not made. */
const removedStatement: Mutator = {
	name: "RemovedStatement",
	*mutate({ node }) {
		if (node.type === "ExpressionStatement") yield { type: "EmptyStatement" };
	},
};

/** One more, and one less. */
const number: Mutator = {
	name: "Number",
	*mutate({ node, parent }) {
		if (node.type !== "NumericLiteral" || parent?.type === "TSLiteralType") return;
		const value = node["value"] as number;
		yield { type: "NumericLiteral", value: value + 1 };
		if (value > 0) yield { type: "NumericLiteral", value: value - 1 };
	},
};

const COMPARISONS: ReadonlySet<unknown> = new Set(["===", "!==", "==", "!=", "<", "<=", ">", ">=", "in"]);
/** What Stryker replaces by `true` and by `false`, which does the same as leaving it out. */
const isReplacedByStryker = (node: Node): boolean =>
	node.type === "LogicalExpression" || (node.type === "BinaryExpression" && COMPARISONS.has(node["operator"]));

/** One side of `&&`, `||` and `??` without the other. */
const oneSide: Mutator = {
	name: "OneSide",
	*mutate({ node }) {
		if (node.type !== "LogicalExpression") return;
		const { left, right, operator } = node as unknown as { left: Node; right: Node; operator: string };
		if (operator === "??" || !isReplacedByStryker(right)) yield left;
		if (operator === "??" || !isReplacedByStryker(left)) yield right;
	},
};

const MUTATORS = [removedMember, removedElement, removedStatement, number, oneSide];

/** @throws Error when Stryker no longer keeps its mutators where they were: the mutants above would just be missing */
export async function addMutators(): Promise<void> {
	const instrumenter = dirname(fileURLToPath(import.meta.resolve("@stryker-mutator/instrumenter/package.json")));
	const url = pathToFileURL(join(instrumenter, "dist/src/mutators/mutate.js")).href;
	const { allMutators } = (await import(url)) as { allMutators?: Mutator[] };
	if (!allMutators?.some(({ name }) => name === "ObjectLiteral")) throw new Error(`${url} has no list of mutators`);
	allMutators.push(...MUTATORS);
}
