/** A copy of the tree with a bug in it, in a directory of its own: the worktree is never touched. */
import {
	cpSync,
	mkdirSync,
	mkdtempSync,
	readFileSync,
	realpathSync,
	rmSync,
	symlinkSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Edit } from "./bugs.ts";

const ROOT = join(import.meta.dirname, "../../..");
const PARTS = ["src", "migrations", "package.json", "tsconfig.json", "wrangler.toml"];

/** @throws when the text is not there exactly once: the code has changed, and the bug has to follow */
export function applied(text: string, { file, find, replace }: Edit): string {
	const count = text.split(find).length - 1;
	if (count !== 1) throw new Error(`${file} has this text ${count} times, not once: ${find.trim()}`);
	return text.replace(find, () => replace);
}

export interface BuggyTree {
	readonly directory: string;
	remove(): void;
}

export function copyWithBug(edits: readonly Edit[]): BuggyTree {
	const directory = mkdtempSync(join(tmpdir(), "holdfast-planted-"));
	const remove = () => rmSync(directory, { recursive: true, force: true });
	try {
		for (const part of PARTS) cpSync(join(ROOT, part), join(directory, part), { recursive: true });
		symlinkSync(realpathSync(join(ROOT, "node_modules")), join(directory, "node_modules"));
		// No page is looked at: they need not be built.
		mkdirSync(join(directory, ".assets"));
		const build: Edit = { file: "wrangler.toml", find: '[build]\ncommand = "npm run --silent build"\n', replace: "" };
		for (const edit of [build, ...edits]) {
			const path = join(directory, edit.file);
			writeFileSync(path, applied(readFileSync(path, "utf8"), edit));
		}
		return { directory, remove };
	} catch (error) {
		remove();
		throw error;
	}
}
