/**
 * A restock while 500 shoppers reserve over HTTP, pre-orders are owed and others wait. The journal says who got what.
 */
import { expect, it } from "vitest";
import { expectProblem } from "../../support/http.ts";
import { expectReconciled, journalOf, newProduct, reservationsOf, restock, stockOf } from "../../support/merchant.ts";
import { newShoppers, type Shopper } from "../../support/shopper.ts";

const OWED = 12;
const WAITING = 30;
const ASKING = 500;
const UNITS = 100;

it("fills owed pre-orders, then the waitlist, then newcomers when 500 reserve during a restock", async () => {
	const preorder = { capacity: OWED, termsVersion: "v1" };
	const sku = await newProduct({ units: 0, policy: { waitlistLimit: WAITING, preorder } });
	const shoppers = await newShoppers(OWED + WAITING + ASKING);
	const [owed, waiting, newcomers] = [
		shoppers.slice(0, OWED),
		shoppers.slice(OWED, OWED + WAITING),
		shoppers.slice(OWED + WAITING),
	];
	// These wait before the others order: a paid pre-order comes first, whoever was earlier.
	for (const shopper of waiting) expect(await shopper.reserve(sku, 1, { wait: true })).toMatchObject({ status: 202 });
	for (const shopper of owed) {
		await shopper.buy([{ sku, quantity: 1 }], { acceptPreorder: true });
	}
	expect(await stockOf(sku)).toMatchObject({ waiting: WAITING, preorders: { owed: OWED } });

	const ask = (shopper: Shopper) => shopper.reserve(sku, 1);
	const before = newcomers.slice(0, ASKING / 2).map(ask);
	const delivery = restock(sku, UNITS);
	const after = newcomers.slice(ASKING / 2).map(ask);
	const restocked = await delivery;
	const responses = await Promise.all([...before, ...after]);
	expect(restocked).toMatchObject({ received: UNITS, filledPreorders: OWED, promoted: WAITING, handingOut: 0 });

	const got = responses.filter(({ status }) => status === 201);
	for (const response of responses.filter(({ status }) => status !== 201)) expectProblem(response, 409, "sold-out");
	const left = UNITS - OWED - WAITING;
	expect(got.length).toBeGreaterThan(0);
	expect(got.length).toBeLessThanOrEqual(left);

	const journal = await journalOf(sku);
	const at = journal.findIndex(({ kind }) => kind === "received");
	const early = journal.slice(0, at).filter(({ kind }) => kind === "held");
	expect(early, "units that were not there").toEqual([]);
	const served = journal.slice(at + 1).filter(({ kind }) => ["preorder-filled", "promoted", "held"].includes(kind));
	expect(served.slice(0, OWED + WAITING).map(({ kind, shopperId }) => `${kind} ${shopperId}`)).toEqual([
		...owed.map(({ id }) => `preorder-filled ${id}`),
		...waiting.map(({ id }) => `promoted ${id}`),
	]);
	expect(served.slice(OWED + WAITING).every(({ kind }) => kind === "held")).toBe(true);
	expect(served.slice(OWED + WAITING)).toHaveLength(got.length);

	// The object has exactly the holds that the responses promised.
	const held = (await reservationsOf(sku)).filter(({ status }) => status === "held").map(({ shopperId }) => shopperId);
	const granted = newcomers.filter((_, i) => responses[i]?.status === 201).map(({ id }) => id);
	expect(held.sort()).toEqual([...waiting.map(({ id }) => id), ...granted].sort());
	expect(await stockOf(sku)).toMatchObject({
		received: UNITS,
		sold: OWED,
		held: WAITING + got.length,
		available: left - got.length,
		waiting: 0,
		preorders: { owed: 0, filled: OWED },
	});
	await expectReconciled(sku);
});
