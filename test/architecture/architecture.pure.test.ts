/**
 * What must not be in a file of `src`, as far as Biome cannot say it. `.biome.json` has the rules of imports, and the
 * globals that a pure file may not name.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const SRC = join(import.meta.dirname, "../../src");
const ROOMS =
	/^(catalog|checkout|cli|client|csv|edge|http|mail|operations|orders|payments|platform|shoppers|stock|web|webhooks)\/|^(worker|limits|ids)\.ts$/;
const PURE =
	/^((stock|checkout|webhooks)\/rules\/.*|checkout\/(order|status)\.ts|catalog\/policy\.ts|mail\/texts\.ts|(limits|ids)\.ts)$/;

/** The text without its comments. Quoted text goes first, so that a `//` in an address is none. */
const withoutComments = (text: string): string =>
	text.replace(/("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`)|\/\*[\s\S]*?\*\/|\/\/.*$/gm, "$1");

/** What is wrong with a file of this path below `src`. */
function complaints(path: string, text: string): string[] {
	const code = withoutComments(text);
	const found: string[] = [];
	if (!ROOMS.test(path)) found.push("stands in no room");
	if (PURE.test(path) && /\b(async|await|Promise|Math\.random|SqlStorage|D1Database)\b/.test(code)) {
		found.push("is a rule, and waits, rolls dice or knows a database");
	}
	if (/\.prepare\(/.test(code) && !/-store\.ts$/.test(path)) found.push("speaks to D1, which only stores do");
	if (/\bfrom ["']cloudflare:workers["']/.test(code) && !/\bclass \w+ extends DurableObject\b/.test(code)) {
		found.push("knows the platform's objects, and is none");
	}
	return found;
}

const files = readdirSync(SRC, { recursive: true, encoding: "utf8" })
	.map((path) => path.replaceAll("\\", "/"))
	.filter((path) => /\.tsx?$/.test(path) && !path.endsWith(".d.ts"));

describe("a file of src", () => {
	it.each(files)("%s keeps to the rules of the house", (path) => {
		expect(complaints(path, readFileSync(join(SRC, path), "utf8"))).toEqual([]);
	});

	it.each([
		["attic/old.ts", "", "stands in no room"],
		["stock/rules/reserve.ts", "const luck = Math.random();", "is a rule, and waits, rolls dice or knows a database"],
		["checkout/rules/model.ts", "async function later() {}", "is a rule, and waits, rolls dice or knows a database"],
		["orders/consumer.ts", 'db.prepare("SELECT 1");', "speaks to D1, which only stores do"],
		["http/route.ts", 'import { env } from "cloudflare:workers";', "knows the platform's objects, and is none"],
	])("%s with %s is refused", (path, text, complaint) => {
		expect(complaints(path, text)).toEqual([complaint]);
	});

	it("is not refused for what a comment says", () => {
		expect(complaints("stock/rules/reserve.ts", "/** await Math.random() */\n// async")).toEqual([]);
	});
});

describe("an entry of the bench, which stands in for worker.ts,", () => {
	const root = join(SRC, "..");
	const bound = [...readFileSync(join(root, "wrangler.toml"), "utf8").matchAll(/^class_name = "(\w+)"$/gm)];

	it.each(["entry.ts", "ledger-entry.ts"])("has every object that wrangler.toml binds: %s", (name) => {
		const exported = [
			...readFileSync(join(root, "test/bench/worker", name), "utf8").matchAll(/^export (?:class (\w+)|\{([^}]+)\})/gm),
		].flatMap(([, one, several]) =>
			(one === undefined ? (several ?? "").split(",") : [one]).map((text) => text.trim()),
		);
		expect(exported).toEqual(expect.arrayContaining(bound.map(([, className]) => className)));
	});
});
