/** Every file that a document or a comment names is there: a name that rots sends its reader nowhere. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "../..");
const ROOMS = ["src", "test", "migrations", ".github", ".ci"];
const DOCUMENTS = [
	"README.md",
	"CHANGELOG.md",
	"src/README.md",
	"test/README.md",
	"test/bench/README.md",
	"test/race/README.md",
];

const below = (folder: string): string[] =>
	readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
		.map((path) => join(folder, path).replaceAll("\\", "/"))
		.filter((path) => !path.includes("node_modules"));

const front = readdirSync(ROOT).filter((name) => name !== "node_modules");
const paths = [...front, ...ROOMS.flatMap(below)];
/** Whether a file or folder below `top` is called this, or ends in it. */
const exists = (name: string, top = ""): boolean => {
	const path = name.replace(/^(\.\.?\/)+/, "").replace(/\/$/, "");
	return paths.some((known) => known.startsWith(top) && (known === path || known.endsWith(`/${path}`)));
};

/** Files and folders in backticks, and links that do not lead to the web. Code blocks are not read. */
function namesIn(document: string): string[] {
	const prose = document.replace(/```[\s\S]*?```/g, "");
	const quoted = Array.from(prose.matchAll(/`([\w.-]+(?:\/[\w.-]+)*\/?)`/g), ([, name]) => name ?? "");
	const links = Array.from(prose.matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g), ([, link]) => link ?? "");
	return [
		...quoted.filter((name) => /^(src|test|migrations|\.github|\.ci)\/|[^.]\.(ts|sql|toml|md|yml)$/.test(name)),
		...links.filter((link) => !/^\w+:/.test(link)),
	];
}

const sources = [...below("src"), ...below("test")].filter((path) => /\.(ts|js|html)$/.test(path));
const guides = below(".github").filter((path) => path.endsWith(".md"));

describe("what a text names", () => {
	it.each([...DOCUMENTS, ...guides])("is there, for %s", (path) => {
		expect(namesIn(readFileSync(join(ROOT, path), "utf8")).filter((name) => !exists(name))).toEqual([]);
	});

	it("is there, for every comment of src and test", () => {
		const missing = sources.flatMap((path) => {
			const comments = readFileSync(join(ROOT, path), "utf8").match(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm) ?? [];
			const names = comments.flatMap((comment) =>
				Array.from(comment.matchAll(/`([\w./-]+\.(?:ts|toml|sql|md))`/g), ([, name]) => name ?? ""),
			);
			// A bare name means a file of the same tree: `server.ts` of the tests is not what a comment in src means.
			const top = (name: string) => (name.includes("/") ? "" : path.slice(0, path.indexOf("/") + 1));
			const isThere = (name: string) => exists(name, top(name)) || front.includes(name);
			return names.filter((name) => !isThere(name)).map((name) => `${path}: ${name}`);
		});
		expect(missing).toEqual([]);
	});

	it("is missed when it is gone", () => {
		expect(namesIn("`src/stock/ledger.ts` and [a page](docs/gone.md)").filter((name) => !exists(name))).toEqual([
			"src/stock/ledger.ts",
			"docs/gone.md",
		]);
	});
});
