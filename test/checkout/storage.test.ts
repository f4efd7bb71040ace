/** What happened to a checkout, when it is more than fits beside its state. */
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { EVENTS_BESIDE_STATE } from "../../src/limits.ts";
import { useStoppedClock } from "../support/clock.ts";
import { newProduct } from "../support/merchant.ts";
import { newShopper } from "../support/shopper.ts";

useStoppedClock();

describe("the events of a checkout", () => {
	it("are all kept, in order and known by their keys, when they are more than its row has", async () => {
		const sku = await newProduct({ units: 3 });
		const ada = await newShopper();
		const { id } = await ada.buy([{ sku, quantity: 3 }]);
		const stub = env.CHECKOUT.getByName(id);
		const refund = () => stub.refund([{ sku, quantity: 1 }], true, "damaged", "key", "f");
		await refund();
		for (let i = 0; i <= 2 * EVENTS_BESIDE_STATE; i++) await stub.setMetadata({ invoice: String(i) });
		const events = await stub.events();
		expect(events.length).toBeGreaterThan(2 * EVENTS_BESIDE_STATE);
		expect(events.map(({ seq }) => seq)).toEqual(events.map((_, i) => i + 1));
		expect(events[0]).toMatchObject({ kind: "opened" });

		await evictDurableObject(stub);
		expect(await stub.events()).toEqual(events);
		const table = await runInDurableObject(stub, (_, { storage }) =>
			storage.sql.exec<{ events: number }>("SELECT COUNT(*) AS events FROM events").one(),
		);
		expect(table.events).toBeGreaterThanOrEqual(2 * EVENTS_BESIDE_STATE);
		// The key is among those in the table by now.
		expect(await refund()).toMatchObject({ kind: "refunding" });
		expect((await stub.events()).filter(({ kind }) => kind === "refund")).toHaveLength(1);
		expect(await stub.refund([{ sku, quantity: 1 }], true, "damaged", "key", "g")).toEqual({ kind: "key-reused" });
	});

	it("are in no table while they fit beside the state", async () => {
		const sku = await newProduct({ units: 1 });
		const ada = await newShopper();
		const { id } = await ada.buy([{ sku, quantity: 1 }]);
		const names = await runInDurableObject(env.CHECKOUT.getByName(id), (_, { storage }) =>
			storage.sql
				.exec("SELECT name FROM sqlite_master WHERE name NOT LIKE '\\_cf%' ESCAPE '\\' ORDER BY name")
				.toArray(),
		);
		expect(names).toEqual([{ name: "checkout" }, { name: "migrations" }]);
	});
});
