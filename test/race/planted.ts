/**
 * `node test/race/planted.ts [name …]`: plants each bug of `planted/bugs.ts` in a copy of Holdfast, and drives the copy by
 * `npm run race` until the bug is found. It prints what each was found as, and after how many histories. Exit status 0
 * when all were found, and nothing in the copy without a bug. It takes minutes.
 */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { BUGS, type PlantedBug } from "./planted/bugs.ts";
import { copyWithBug } from "./planted/copy.ts";

const HISTORIES = 96;
const CONTROL: PlantedBug = { name: "no bug at all", edits: [] };

interface Outcome {
	readonly bug: PlantedBug;
	readonly status: number | null;
	readonly histories: string;
	readonly found: string;
	readonly seconds: number;
}

async function hunt(bug: PlantedBug): Promise<Outcome> {
	const startMs = performance.now();
	const { directory, remove } = copyWithBug(bug.edits);
	try {
		const { status, out } = await race(directory);
		const [, histories = "–"] = /(?:Found after|No race found in) (\d+)/.exec(out) ?? [];
		const [, title = status === 0 ? "nothing" : (out.trim().split("\n").at(-1) ?? "")] =
			/^RACE: (.+)$/m.exec(out) ?? [];
		return { bug, status, histories, found: title, seconds: Math.round((performance.now() - startMs) / 1000) };
	} finally {
		remove();
	}
}

function race(directory: string): Promise<{ status: number | null; out: string }> {
	const args = [join(directory, "src/cli/race.ts"), "--histories", String(HISTORIES)];
	const child = spawn(process.execPath, args, { cwd: directory, stdio: ["ignore", "pipe", "pipe"] });
	let out = "";
	let err = "";
	child.stdout.on("data", (chunk: Buffer) => {
		out += chunk;
	});
	child.stderr.on("data", (chunk: Buffer) => {
		err += chunk;
	});
	return new Promise((done) => child.on("close", (status) => done({ status, out: out.includes("\n") ? out : err })));
}

const wanted = process.argv.slice(2);
const bugs = [CONTROL, ...BUGS].filter(({ name }) => wanted.length === 0 || wanted.some((word) => name.includes(word)));
let isComplete = true;
console.log("| bug | found after | as | seconds |\n| --- | --- | --- | --- |");
for (const bug of bugs) {
	const { status, histories, found, seconds } = await hunt(bug);
	const isRight = status === (bug === CONTROL ? 0 : 1);
	if (!isRight) isComplete = false;
	console.log(`| ${bug.name}${isRight ? "" : " **MISSED**"} | ${histories} | ${found} | ${seconds} |`);
}
process.exitCode = isComplete ? 0 : 1;
