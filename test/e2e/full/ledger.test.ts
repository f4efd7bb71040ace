/**
 * What one purchase costs, counted: `npm run bench -- --only ledger`. A change that adds a call, a commit or a row fails here,
 * and has to say in `test/bench/README.md` what it is good for.
 */
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";

const PROJECT = join(import.meta.dirname, "../../..");
const PATIENCE_MS = 300_000;

type Figures = Readonly<Record<string, number>>;

/** What happens at our own objects, in all steps of the buyer who is alone, or in those of the crowd, for each of them. */
function countsOf(figures: Figures, isCrowd: boolean) {
	const divisor = isCrowd ? (figures["crowd of"] ?? Number.NaN) : 1;
	const entries = Object.entries(figures).map(([name, rows]) => ({ path: name.split("|"), rows }));
	const ours = entries.filter(({ path: [step, , kind, of] }) => {
		return kind !== undefined && of !== "sandbox" && (step === "crowd") === isCrowd;
	});
	const count = (kind: string) => ours.filter(({ path }) => path[2] === kind).length / divisor;
	const rows = ours.reduce((sum, entry) => sum + entry.rows, 0) / divisor;
	return {
		requests: count("request"),
		calls: count("call"),
		commits: count("commit"),
		messages: count("message"),
		rows,
	};
}

async function ledger(): Promise<Figures> {
	const folder = mkdtempSync(join(tmpdir(), "holdfast-ledger-test-"));
	try {
		const file = join(folder, "ledger.json");
		const args = ["test/bench/main.ts", "--only", "ledger", "--rounds", "1", "--json", file];
		await promisify(execFile)(process.execPath, args, { cwd: PROJECT, timeout: PATIENCE_MS });
		const { rows } = JSON.parse(readFileSync(file, "utf8")) as { rows: { median: Figures }[] };
		return rows[0]?.median ?? {};
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}

describe("one purchase", () => {
	it(
		"takes no more requests, calls, commits, messages and rows than the lab book says",
		async () => {
			const figures = await ledger();
			expect(countsOf(figures, false)).toEqual({ requests: 5, calls: 8, commits: 9, messages: 1, rows: 30 });
			// How many share a commit depends on who comes at the same time, and on a slow machine an order is sent twice.
			const most = { requests: 5, calls: 8, commits: 9, messages: 1.5, rows: 30 };
			for (const [what, amount] of Object.entries(countsOf(figures, true))) {
				expect(amount, `${what} of each of the crowd`).toBeGreaterThan(0);
				expect(amount, `${what} of each of the crowd`).toBeLessThanOrEqual(most[what as keyof typeof most]);
			}
		},
		PATIENCE_MS,
	);
});
