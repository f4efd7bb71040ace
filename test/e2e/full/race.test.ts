/** `npm run race` at length: every variant of the naive shop is found out, and Holdfast is not. */
import { describe, expect, test } from "vitest";
import { runCli } from "../command.ts";

const LONG_MS = 600_000;

describe("the race detector, at length", () => {
	test.each(["check-then-pay", "check-again", "atomic"])(
		"finds out the naive shop that is %s",
		async (variant) => {
			const run = await runCli("race", ["--target", "naive", "--variant", variant]);
			expect(run, run.err + run.out).toMatchObject({ code: 1 });
			expect(run.out.match(/^(?:▶ | {2})\+/gm)?.length).toBeLessThanOrEqual(6);
		},
		LONG_MS,
	);

	test(
		"finds no race in 200 histories of Holdfast",
		async () => {
			const run = await runCli("race", ["--seed", process.env["VITE_SEED"] ?? "1"]);
			expect(run, run.err + run.out).toMatchObject({ code: 0 });
		},
		LONG_MS,
	);

	test("ends at Ctrl-C, and leaves nothing behind", async () => {
		let isStopped = false;
		const run = await runCli("race", [], {
			onErr(text, pid) {
				if (isStopped || !/histories [1-9]/.test(text)) return;
				isStopped = true;
				process.kill(pid, "SIGINT");
			},
		});
		expect(run.code).toBe(2);
		expect(run.err).toContain("stopped before the end");
	});
});
