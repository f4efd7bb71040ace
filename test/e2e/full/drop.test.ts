/**
 * Every lie that `npm run drop` finds out, every option that it refuses, and what it makes of a server that is killed.
 */
import { describe, expect, test } from "vitest";
import { TestServer } from "../../support/server.ts";
import { drop, dropAgainst } from "../drop-command.ts";
import type { Lie } from "../pretend-shop.ts";

test("a drop that is stopped in the middle removes its server and its state", async () => {
	const stopped = await drop(["--buyers", "5000"], {
		onErr: (err, pid) => {
			if (err.includes("tokens")) process.kill(pid, "SIGINT");
		},
	});
	expect(stopped.code).not.toBe(0);
	expect(stopped.err).toContain("stopped before the end");
});

test("a drop loses, doubles and leaves hanging nothing when its server is killed in the middle and started again", async () => {
	const server = await TestServer.start();
	try {
		const size = ["--buyers", "600", "--stock", "50", "--hold-seconds", "8", "--spread-seconds", "1.5"];
		let back: Promise<void> | null = null;
		const run = await drop([...size, "--url", server.origin], {
			env: { ADMIN_TOKEN: server.env.ADMIN_TOKEN },
			onErr: (err) => {
				// In the thick of it: some have paid, many have yet to come.
				if (/paid [1-9]/.test(err)) back ??= server.kill().then(() => server.restart());
			},
		});
		await back;
		expect(back).not.toBeNull();
		expect(run.code, run.err + run.out).toBe(0);
		expect(run.out).toMatch(/^replies lost +[1-9]/m);
	} finally {
		await server.end();
	}
});

describe.concurrent("a drop against a pretended shop", () => {
	test("asks again after a lost reply, and does not buy twice", async () => {
		const run = await dropAgainst("drops-replies");
		expect(run.code, run.out).toBe(0);
		expect(run.out).toMatch(/^replies lost +[1-9]/m);
	});

	test.each<[Lie, RegExp]>([
		["loses-paid", /buyers lost what they held or paid for: a paid checkout ended as refunded/],
		["loses-orders", /D1 has orders for \d+ units/],
		["breaks", /buyers were answered wrongly: the reservation was answered 500/],
		["keeps-holds", /units are still held after every hold should have expired/],
		["sits-on-stock", /only 20 buyers held a unit, of 40/],
	])("fails a shop that %s, and says why", async (lie, complaint) => {
		const run = await dropAgainst(lie);
		expect(run.code).toBe(1);
		expect(run.out).toMatch(complaint);
	});

	const everything = ["--waitlist", "--preorder", "10", "--restock", "15@1", "--decline-rate", "0.2"];
	const sooner = ["--abandon-rate", "0.1", "--payment-window-seconds", "3"];

	test("passes an honest shop with a waitlist and pre-orders", async () => {
		const run = await dropAgainst(null, [...everything, ...sooner]);
		expect(run.code, run.out).toBe(0);
		expect(run.out).toMatch(/^promoted, then bought +[1-9]/m);
		expect(run.out).toMatch(/^pre-ordered, filled +[1-9]/m);
	});

	test.each<[Lie, RegExp]>([
		["serves-backwards", /promoted: it was not first on the waitlist/],
		["fills-twice", /preorder-filled: it was not owed/],
		["keeps-money", /the provider kept \d+00 more than shoppers have for it/],
		["keeps-quiet", /left hanging: a paid checkout is still expired/],
	])("fails a shop with a waitlist and pre-orders that %s, and says why", async (lie, complaint) => {
		const run = await dropAgainst(lie, [...everything, ...sooner]);
		expect(run.code).toBe(1);
		expect(run.out).toMatch(complaint);
	});
});

describe.concurrent("the options of a drop", () => {
	test.each([
		[["--buyers", "0"], /--buyers must be a whole number from 1/],
		[["--buyers", "1.5"], /--buyers must be a whole number/],
		[["--pay-rate", "1.1"], /--pay-rate must be a number from 0 to 1/],
		[["--rate-limits", "--url", "http://localhost:1"], /--rate-limits is for a server that is started here/],
		[["--seed", "-1"], /--seed/],
		[["--restock", "20"], /--restock must be UNITS@SECONDS, as in 20@3, not "20"/],
		[["--late-rate", "2"], /--late-rate must be a number from 0 to 1/],
		[["--payment-window-seconds", "1"], /--payment-window-seconds must be a whole number from 2/],
		[["--url", "ftp://shop.example"], /--url must be an http or https address/],
		[["--url", "http://localhost:1"], /--url needs --admin-token/],
	])("refuse %j in plain words", async (args, complaint) => {
		const run = await drop(args);
		expect(run.code).toBe(2);
		expect(run.err).toMatch(complaint);
		expect(run.err).not.toMatch(/\n +at /);
	});
});
