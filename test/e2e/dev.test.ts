/**
 * `npm run dev` as a newcomer meets it: in a fresh clone, from the first start to the last process gone. Every other
 * way in which it can end is in `full/dev.test.ts`.
 */
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { createAdmin, createShop, memoryTokens, unwrap } from "../../src/client/index.ts";
import { Clone, expectGone, listen } from "./dev-command.ts";
import { serverProcesses, until } from "./processes.ts";

let clone: Clone;
beforeAll(() => {
	clone = new Clone();
});
afterEach(() => clone.endAll());
afterAll(() => clone.remove());

async function availableOf(url: string, sku: string): Promise<number> {
	return unwrap(await createShop({ origin: url }).getProduct({ sku })).availability.available;
}

describe("npm run dev", () => {
	test("prints three lines that buy something, ends whole on Ctrl-C, and goes on at the next start", async () => {
		const first = await clone.start();
		const secrets = readFileSync(join(clone.dir, ".dev.vars"), "utf8");
		expect(statSync(join(clone.dir, ".dev.vars")).mode & 0o777).toBe(0o600);
		expect(secrets).toMatch(/^ADMIN_TOKEN=[\w-]{43}$/m);
		expect(first.dev.output).toContain("7 demo products");
		expect(await availableOf(first.url, "enamel-mug")).toBe(200);

		const lines = first.dev.output.split("\n").filter((line) => /^(TOKEN=|CHECKOUT=|curl )/.test(line));
		expect(lines).toHaveLength(3);
		const script = `${lines.join("\n")}\necho\necho "$TOKEN"`;
		const said = execFileSync("sh", ["-c", script], { encoding: "utf8" }).trim().split("\n");
		const checkout = JSON.parse(said[0] ?? "") as { id: string };
		const shopper = { shopperId: "", token: said.at(-1) ?? "", expiresAt: "" };
		const shop = createShop({ origin: first.url, tokens: memoryTokens(shopper) });
		let status = "";
		for (let tries = 0; status !== "completed" && tries < 50; tries++) {
			status = unwrap(await shop.getCheckout(checkout)).status;
			await sleep(100);
		}
		expect(status).toBe("completed");
		expect(await availableOf(first.url, "enamel-mug")).toBe(199);

		const group = serverProcesses(first.stateDir);
		first.dev.interrupt();
		await first.dev.exited;
		await expectGone(group);
		expect(first.dev.output).toMatch(/Stopped\.\s*$/);

		const second = await clone.start();
		expect(second.dev.output).not.toContain("demo products");
		expect(readFileSync(join(clone.dir, ".dev.vars"), "utf8")).toBe(secrets);
		expect(await availableOf(second.url, "enamel-mug")).toBe(199);
	});

	test("shows a mail in the terminal, keeps it as a file, and logs no address anywhere else", async () => {
		const { dev, url, stateDir } = await clone.start();
		const admin = createAdmin({ origin: url, token: /admin token +(\S+)/.exec(dev.output)?.[1] ?? "" });
		const sku = "lantern";
		const price = { amount: 1_999, currency: "USD" };
		unwrap(await admin.defineProduct({ sku, title: "Lantern", price, policy: { waitlistLimit: 5 } }));
		unwrap(await admin.restock({ sku, quantity: 1 }));
		const [ada, bob] = [createShop({ origin: url }), createShop({ origin: url })];
		unwrap(await ada.reserve({ sku, quantity: 1 }));
		const notify = { email: "bob@example.com" };
		const waiting = unwrap(await bob.reserve({ sku, quantity: 1, wait: true, notify }));
		expect(waiting).toMatchObject({ status: "waiting", notify: true });
		unwrap(await ada.releaseReservation({ sku }));
		await until(() => dev.output.includes("Your address is not kept"), 30_000);
		const [file = "", ...others] = readdirSync(join(stateDir, "mail"));
		expect(others).toEqual([]);
		const message = readFileSync(join(stateDir, "mail", file), "utf8");
		expect(message).toContain("To: bob@example.com\r\n");
		expect(message).toContain(`/products/${sku}\r\n`);
		expect(dev.output).toContain("Mail to bob@example.com (not sent: ");
		expect(dev.output).toContain(`  ${/Subject: (.*)\r/.exec(message)?.[1]}`);
		expect(dev.output.match(/bob@example\.com/g)).toHaveLength(1);
		const { status, expiresAt } = unwrap(await bob.getReservation({ sku }));
		expect(status).toBe("held");
		expect(Date.parse(expiresAt ?? "") - Date.now()).toBeGreaterThan(3_000_000);
	});

	test("ends whole when only dev.ts gets SIGKILL, and goes on with the same state at the next start", async () => {
		const killed = await clone.start();
		const available = await availableOf(killed.url, "enamel-mug");
		const group = serverProcesses(killed.stateDir);
		expect(killed.dev.pid).toBeGreaterThan(0);
		process.kill(killed.dev.pid, "SIGKILL");
		await expectGone(group);

		const next = await clone.start();
		expect(next.dev.output).not.toContain("demo products");
		expect(await availableOf(next.url, "enamel-mug")).toBe(available);
	});

	test("refuses a port that is taken in plain words, and starts nothing", async () => {
		const { server, port } = await listen();
		const stateDir = join(clone.dir, "never");
		try {
			const dev = clone.run({ PORT: String(port), STATE_DIR: stateDir });
			expect(await dev.exited).not.toBe(0);
			expect(dev.output).toContain(`Port ${port} is taken`);
			expect(serverProcesses(stateDir)).toEqual([]);
		} finally {
			server.close();
		}
	});
});
