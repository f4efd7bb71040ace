/** The sockets of a SKU's watchers. What watchers receive over HTTP is tested in `http/live.test.ts`. */
import { runInDurableObject } from "cloudflare:test";
import { expect, it, vi } from "vitest";
import type { SkuObject } from "../../src/stock/sku.ts";
import { SkuHarness } from "./sku-harness.ts";

it("sends everything again to a socket whose attachment was left by version 0.1", async () => {
	const sku = await SkuHarness.with(3);
	const { webSocket: socket } = await sku.stub.fetch("https://sku/live", { headers: { upgrade: "websocket" } });
	if (socket === null) throw new Error("no socket");
	const available: number[] = [];
	socket.addEventListener("message", ({ data }) => {
		available.push(JSON.parse(data as string).availability.available);
	});
	socket.accept();
	await vi.waitFor(() => expect(available).toEqual([3]));
	await runInDurableObject(sku.stub, (_object: SkuObject, ctx) => {
		for (const server of ctx.getWebSockets()) server.serializeAttachment({ shopperId: null, told: ["anything"] });
	});
	await sku.reserve("ada");
	await vi.waitFor(() => expect(available).toEqual([3, 2]));
	await runInDurableObject(sku.stub, (_object: SkuObject, ctx) => {
		expect(ctx.getWebSockets().map((server) => server.deserializeAttachment())).toMatchObject([
			{ shopperId: null, lastSent: [expect.stringContaining('"available":2')] },
		]);
	});
	socket.close();
});
