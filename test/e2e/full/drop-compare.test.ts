/** What `npm run drop -- --compare` refuses, what it leaves when it is stopped, and what the other naive shops come to. */
import { describe, expect, test } from "vitest";
import { drop } from "../drop-command.ts";

const CROWD = ["--compare", "--buyers", "60", "--stock", "6", "--spread-seconds", "0.2", "--seed", "3"];

describe.concurrent("a comparison", () => {
	test.each([
		["at the naive shop", /tokens/],
		["at Holdfast", /now Holdfast[\s\S]*tokens/],
	])("that is stopped %s leaves nothing behind", async (_, isThere) => {
		const stopped = await drop(CROWD, {
			onErr: (err, pid) => {
				if (isThere.test(err)) process.kill(pid, "SIGINT");
			},
		});
		expect(stopped.code).toBe(1);
		expect(stopped.err).toContain("stopped before the end");
		expect(stopped.err).not.toMatch(/\n +at /);
	});

	test("with a shop that takes its units in one statement shows who paid for nothing", async () => {
		const run = await drop([...CROWD, "--naive", "atomic"]);
		expect(run, run.err + run.out).toMatchObject({ code: 0 });
		expect(run.out).toMatch(/^oversold +0 +0$/m);
		expect(run.out).toMatch(/^paid, then told there is none +[1-9]\d* +0$/m);
		expect(run.out).toMatch(/^✗ the naive shop charged \d+ buyers? for nothing/m);
	});

	test.each<[string[], RegExp]>([
		[["--compare", "--restock", "5@1"], /plain rush/],
		[["--compare", "--late-rate", "0.1"], /plain rush/],
		[["--compare", "--url", "http://127.0.0.1:1", "--admin-token", "any"], /plain rush/],
		[["--compare", "--buyers", "2001"], /at most 2,000/],
		[["--compare", "--naive", "locking"], /--naive must be one of check-then-pay, check-again, atomic/],
		[["--compare", "--report", "/no/such/folder/report.html"], /--report must be a file in a folder/],
		[["--picture", "pictures"], /--picture is for --compare/],
	])("refuses %j in plain words, before anything is started", async (args, complaint) => {
		const run = await drop(args);
		expect(run.code).toBe(2);
		expect(run.err).toMatch(complaint);
		expect(run.err).not.toMatch(/\n +at |fresh state/);
	});
});
