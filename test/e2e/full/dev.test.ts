/**
 * Every way in which `npm run dev` can end, and two of them side by side. The ways that matter most are in
 * `../dev.test.ts`.
 */
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { createAdmin } from "../../../src/client/index.ts";
import { Clone, expectGone, freePort } from "../dev-command.ts";
import { processes, serverProcesses } from "../processes.ts";

let clone: Clone;
beforeAll(() => {
	clone = new Clone();
});
afterEach(() => clone.endAll());
afterAll(() => clone.remove());

describe("npm run dev", () => {
	test.each(["SIGTERM", "SIGKILL", "SIGHUP"] as const)("ends whole when only npm gets %s", async (signal) => {
		const { dev, stateDir } = await clone.start();
		const group = [...serverProcesses(stateDir), ...processes().filter(({ pid }) => pid === dev.pid)];
		process.kill(dev.npmPid, signal);
		await expectGone(group);
	});

	test.each(["SIGTERM", "SIGINT", "SIGHUP"] as const)("ends whole when only dev.ts gets %s", async (signal) => {
		const { dev, stateDir } = await clone.start();
		const group = serverProcesses(stateDir);
		expect(dev.pid).toBeGreaterThan(0);
		process.kill(dev.pid, signal);
		await expectGone(group);
	});

	test("leaves nothing behind and says so when wrangler is killed", async () => {
		const { dev, stateDir } = await clone.start();
		const group = serverProcesses(stateDir);
		const wrangler = group.find(({ args }) => args.includes("--persist-to"));
		process.kill(wrangler?.pid ?? 0, "SIGKILL");
		await expectGone(group);
		expect(await dev.exited).not.toBe(0);
		expect(dev.output).toContain("The server ended by itself (by SIGKILL)");
	});

	test("runs twice at once from one folder, each with a state and an admin token of its own", async () => {
		const token = "an-admin-token-from-the-environment-0123456789";
		const one = await clone.start({ STATE_DIR: join(clone.dir, "one") });
		const two = await clone.start({ STATE_DIR: join(clone.dir, "two"), ADMIN_TOKEN: token });
		const stock = (origin: string) => createAdmin({ origin, token }).getStock({ sku: "enamel-mug" });
		expect((await stock(two.url)).status).toBe(200);
		expect((await stock(one.url)).status).toBe(401);
		expect(processes().filter(({ args }) => args.includes(token))).toEqual([]);

		const third = clone.run({ PORT: String(await freePort()), STATE_DIR: one.stateDir });
		expect(await third.exited).not.toBe(0);
		expect(third.output).toContain(`Another server uses the state in ${one.stateDir}`);
		const fourth = clone.run({ PORT: String(one.port), STATE_DIR: join(clone.dir, "three") });
		expect(await fourth.exited).not.toBe(0);
		expect(fourth.output).toContain(`Port ${one.port} is taken`);
	});
});
