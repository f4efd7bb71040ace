/** `/v1/reservations/{sku}` after the reservation was made: release, extend, and what a checkout forbids. */
import { afterEach, describe, expect, it, vi } from "vitest";
import { expectProblem } from "../support/http.ts";
import { asMerchant, newProduct, newSku, stockOf } from "../support/merchant.ts";
import { newShopper } from "../support/shopper.ts";

afterEach(() => vi.useRealTimers());

describe("DELETE /v1/reservations/{sku}", () => {
	it("releases the units once, and answers the same when repeated", async () => {
		const sku = await newProduct({ units: 5 });
		const ada = await newShopper();
		const { body } = await ada.reserve(sku, 3);
		const first = await ada.release(sku);
		expect(first).toMatchObject({ status: 200, body: { id: body.id, status: "released", quantity: 3 } });
		expect(await ada.release(sku)).toMatchObject({ status: 200, body: first.body });
		expect(await stockOf(sku)).toMatchObject({ available: 5, held: 0 });
	});

	it("releases the units once when it is sent twice at once", async () => {
		const sku = await newProduct({ units: 5 });
		const ada = await newShopper();
		await ada.reserve(sku, 3);
		const answers = await Promise.all([ada.release(sku), ada.release(sku), ada.release(sku)]);
		expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
		expect(await stockOf(sku)).toMatchObject({ available: 5, held: 0 });
	});

	it("answers with the true end of a reservation that has ended otherwise", async () => {
		vi.useFakeTimers({ toFake: ["Date"] });
		const sku = await newProduct({ units: 5, policy: { holdSeconds: 60 } });
		const [ada, bob] = [await newShopper(), await newShopper()];
		expectProblem(await ada.release(sku), 404, "no-reservation", { lastStatus: null });
		await ada.reserve(sku, 1);
		vi.setSystemTime(Date.now() + 60_000);
		expect(await ada.release(sku)).toMatchObject({ status: 200, body: { status: "expired" } });
		await bob.buy([{ sku, quantity: 1 }]);
		expectProblem(await bob.release(sku), 409, "already-sold");
		expectProblem(await bob.release(newSku()), 404, "unknown-sku");
		expect(await stockOf(sku)).toMatchObject({ available: 4, sold: 1 });
	});

	it("takes a waiting shopper off the waitlist", async () => {
		const sku = await newProduct({ units: 2 });
		const [ada, bob] = [await newShopper(), await newShopper()];
		await ada.reserve(sku, 2);
		await bob.reserve(sku, 1, { wait: true });
		expect(await bob.release(sku)).toMatchObject({ status: 200, body: { status: "released", position: null } });
		expect(await stockOf(sku)).toMatchObject({ waiting: 0, held: 2 });
	});
});

describe("POST /v1/reservations/{sku}/extend", () => {
	it("starts the hold's time again, as often as the policy allows and no more", async () => {
		vi.useFakeTimers({ toFake: ["Date"] });
		const sku = await newProduct({ units: 1, policy: { holdSeconds: 60, maxExtensions: 2 } });
		const ada = await newShopper();
		await ada.reserve(sku, 1);
		for (const extensionsLeft of [1, 0]) {
			vi.setSystemTime(Date.now() + 50_000);
			const expiresAt = new Date(Date.now() + 60_000).toISOString();
			expect(await ada.extend(sku)).toMatchObject({ status: 200, body: { expiresAt, extensionsLeft } });
		}
		vi.setSystemTime(Date.now() + 50_000);
		expectProblem(await ada.extend(sku), 409, "extension-limit", { limit: 2 });
		vi.setSystemTime(Date.now() + 10_000);
		expectProblem(await ada.extend(sku), 404, "no-reservation", { lastStatus: "expired" });
	});

	it("never exceeds the policy's extensions when many come at once", async () => {
		const sku = await newProduct({ units: 1, policy: { maxExtensions: 3 } });
		const ada = await newShopper();
		await ada.reserve(sku, 1);
		const answers = await Promise.all(Array.from({ length: 8 }, () => ada.extend(sku)));
		expect(answers.filter(({ status }) => status === 200)).toHaveLength(3);
		for (const answer of answers) if (answer.status !== 200) expectProblem(answer, 409, "extension-limit");
	});

	it("refuses to extend a reservation that holds no units", async () => {
		const sku = await newProduct({ units: 2 });
		const [ada, bob] = [await newShopper(), await newShopper()];
		expectProblem(await ada.extend(sku), 404, "no-reservation");
		await ada.reserve(sku, 2);
		await bob.reserve(sku, 1, { wait: true });
		expectProblem(await bob.extend(sku), 409, "not-held");
		await ada.release(sku);
		expectProblem(await ada.extend(sku), 404, "no-reservation", { lastStatus: "released" });
		expectProblem(await ada.extend(newSku()), 404, "unknown-sku");
	});
});

describe("a reservation in a checkout", () => {
	it("refuses PUT, DELETE and extend with in-checkout", async () => {
		const sku = await newProduct({ units: 5 });
		const ada = await newShopper();
		await ada.reserve(sku, 2);
		const checkout = await ada.checkout([{ sku, quantity: 2 }]);
		for (const answer of [
			await ada.reserve(sku, 1),
			await ada.reserve(sku, 2),
			await ada.release(sku),
			await ada.extend(sku),
		]) {
			expectProblem(answer, 409, "in-checkout", { sku, checkoutId: checkout.id });
		}
		const listed = await asMerchant<{ reservations: { id: string }[] }>(
			"GET",
			`/products/${sku}/reservations?status=paying`,
		);
		const path = `/products/${sku}/reservations/${listed.body.reservations[0]?.id}/release`;
		expectProblem(await asMerchant("POST", path), 409, "in-checkout");
		expect(await ada.reservation(sku)).toMatchObject({ body: { status: "paying", quantity: 2 } });
		await ada.cancel(checkout.id);
		expect(await ada.reserve(sku, 1)).toMatchObject({ status: 200, body: { status: "held", quantity: 1 } });
	});
});

describe("If-Match of a call that ends or extends a reservation", () => {
	/** A hold that was changed once, and its tags from before and after that. */
	async function changedHold() {
		const sku = await newProduct({ units: 9 });
		const ada = await newShopper();
		const stale = (await ada.reserve(sku, 1)).headers.get("etag") as string;
		const tag = (await ada.reserve(sku, 2)).headers.get("etag") as string;
		return { sku, ada, stale, tag };
	}

	it("is refused when it is stale, by DELETE, by extend and by a merchant's release, and nothing changes", async () => {
		const { sku, ada, stale, tag } = await changedHold();
		const before = (await ada.reservation(sku)).body;
		const byMerchant = `/products/${sku}/reservations/${before.id}/release`;
		for (const answer of [
			await ada.release(sku, { ifMatch: stale }),
			await ada.extend(sku, { ifMatch: stale }),
			await ada.extend(sku, { ifMatch: `W/${tag}` }),
			await asMerchant("POST", byMerchant, { headers: { "if-match": stale } }),
		]) {
			expectProblem(answer, 412, "precondition-failed");
			expect(answer.headers.get("etag")).toBe(tag);
		}
		expect((await ada.reservation(sku)).body).toEqual(before);
		expect(await stockOf(sku)).toMatchObject({ held: 2 });
	});

	it("lets the call through when it is one of the present tags, or any", async () => {
		const { sku, ada, stale, tag } = await changedHold();
		const extended = await ada.extend(sku, { ifMatch: `${stale}, ${tag}` });
		expect(extended).toMatchObject({ status: 200, body: { extensionsLeft: 2 } });
		expect(await ada.extend(sku, { ifMatch: "*" })).toMatchObject({ status: 200, body: { extensionsLeft: 1 } });
		expectProblem(await ada.release(sku, { ifMatch: extended.headers.get("etag") ?? "" }), 412, "precondition-failed");
		const now = (await ada.reservation(sku)).headers.get("etag") as string;
		expect(await ada.release(sku, { ifMatch: now })).toMatchObject({ status: 200, body: { status: "released" } });
	});

	it("answers a repeated DELETE as it did the first time", async () => {
		const { sku, ada, tag, stale } = await changedHold();
		const first = await ada.release(sku, { ifMatch: tag });
		expect(await ada.release(sku, { ifMatch: tag })).toMatchObject({ status: 200, body: first.body });
		expect(await ada.release(sku, { ifMatch: first.headers.get("etag") ?? "" })).toMatchObject({ status: 200 });
		expectProblem(await ada.release(sku, { ifMatch: stale }), 412, "precondition-failed");
	});

	it("decides for one of many that come at once with the same tag", async () => {
		const { sku, ada, tag } = await changedHold();
		const answers = await Promise.all([1, 2, 3, 4].map(() => ada.extend(sku, { ifMatch: tag })));
		expect(answers.map(({ status }) => status).sort()).toEqual([200, 412, 412, 412]);
		expect((await ada.reservation(sku)).body.extensionsLeft).toBe(2);
	});

	it("does not hide why the call would be refused without it", async () => {
		const { sku, ada, stale } = await changedHold();
		const ben = await newShopper();
		expectProblem(await ben.release(sku, { ifMatch: stale }), 404, "no-reservation");
		await ada.checkout([{ sku, quantity: 2 }]);
		expectProblem(await ada.release(sku, { ifMatch: stale }), 409, "in-checkout");
		expectProblem(await ada.extend(sku, { ifMatch: stale }), 409, "in-checkout");
	});
});
