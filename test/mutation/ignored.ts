/**
 * What is not mutated. A plugin of Stryker: it is asked for each node.
 *
 * - The message of an assertion: a fault of ours throws, whatever the text says.
 * - `default: return assertNever(…)`: the compiler proves that it is never reached.
 */
import type { Node, Place } from "./mutators.ts";

const isCallOf = (node: Node | null | undefined, name: string): boolean =>
	node?.type === "CallExpression" && (node["callee"] as Node)["name"] === name;

function shouldIgnore({ node, parent, listKey, key }: Place): string | undefined {
	if (isCallOf(parent, "assert") && listKey === "arguments" && key === 1) return "the message of an assertion";
	if (node.type !== "SwitchCase" || node["test"] !== null) return undefined;
	const [first] = node["consequent"] as Node[];
	return isCallOf(first?.["argument"] as Node, "assertNever") ? "never reached" : undefined;
}

export const NAME = "holdfast";
export const strykerPlugins = [{ kind: "Ignore", name: NAME, value: { shouldIgnore } }];
