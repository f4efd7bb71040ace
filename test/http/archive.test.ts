/** Archiving over HTTP: what shoppers see of an archived product, and how a merchant archives and finds it. */
import { exports } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { ADMIN, call, callWith, expectProblem } from "../support/http.ts";
import { asMerchant, newProduct, newSku, refund, restock, stockOf } from "../support/merchant.ts";
import { pay } from "../support/provider.ts";
import { newShopper, paymentIdOf } from "../support/shopper.ts";

type Defined = { sku: string; archived: boolean; revision: number };
type Page = { products: Defined[]; nextCursor: string | null };

const post = (verb: "archive" | "unarchive", sku: string, ifMatch?: string) =>
	asMerchant<Defined>(
		"POST",
		`/products/${sku}/${verb}`,
		ifMatch === undefined ? {} : { headers: { "if-match": ifMatch } },
	);
const archive = async (sku: string) => expect(await post("archive", sku)).toMatchObject({ status: 200 });

/** The SKUs of a list of shoppers or of the merchant. */
async function listed(path: string, options = {}): Promise<string[]> {
	const skus: string[] = [];
	for (let cursor: string | null = ""; cursor !== null; ) {
		const joint = path.includes("?") ? "&" : "?";
		const { body }: { body: Page } = await call<Page>("GET", `${path}${joint}limit=50&cursor=${cursor}`, options);
		skus.push(...body.products.map(({ sku }) => sku));
		cursor = body.nextCursor;
	}
	return skus;
}
const asAdmin = { token: ADMIN };

describe("an archived product", () => {
	it("is unknown to new shoppers at every address", async () => {
		const sku = await newProduct({ units: 3, policy: { waitlistLimit: 9 } });
		const other = await newProduct({ units: 3 });
		expect(await listed("/v1/products")).toEqual(expect.arrayContaining([sku, other]));
		await archive(sku);
		const eve = await newShopper();
		const { token } = eve;
		for (const answer of [
			await call("GET", `/v1/products/${sku}`),
			await call("GET", `/v1/products/${sku}/live`, { headers: { upgrade: "websocket" } }),
			await call("GET", `/v1/products/${sku}/live`, { token, headers: { upgrade: "websocket" } }),
			await eve.reserve(sku, 1),
			await eve.reserve(sku, 1, { wait: true }),
			await eve.reservation(sku),
			await eve.extend(sku),
			await eve.release(sku),
		]) {
			expectProblem(answer, 404, "unknown-sku", { sku });
		}
		const page = await exports.default.fetch(`https://shop.test/products/${sku}`, { headers: { accept: "text/html" } });
		expect(page.status).toBe(404);
		await page.body?.cancel();
		const skus = await listed("/v1/products");
		expect([skus.includes(sku), skus.includes(other)]).toEqual([false, true]);
	});

	it("can be in no checkout of a shopper who has nothing of it", async () => {
		const sku = await newProduct({ units: 3 });
		const other = await newProduct({ units: 3 });
		await archive(sku);
		const eve = await newShopper();
		expectProblem(await eve.open([{ sku, quantity: 1 }]), 404, "unknown-sku", { sku });
		const lines = [sku, other].map((each) => ({ sku: each, quantity: 1 }));
		expectProblem(await eve.open(lines), 404, "unknown-sku", { sku });
		expect(await stockOf(other)).toMatchObject({ held: 0 });
		// A cart with a line that this isolate knows to be gone is refused without a checkout.
		const gone = await newProduct({ policy: { waitlistLimit: 0 } });
		expectProblem(await eve.reserve(gone, 1), 409, "sold-out");
		const cart = [gone, sku].map((each) => ({ sku: each, quantity: 1 }));
		expectProblem(await eve.open(cart), 404, "unknown-sku", { sku });
	});

	it("is paid for by who holds it, refunded, and handed to who waits", async () => {
		const sku = await newProduct({ units: 2, policy: { waitlistLimit: 9 } });
		const [ada, bob, cyd] = [await newShopper(), await newShopper(), await newShopper()];
		await ada.reserve(sku, 1);
		const opened = await bob.checkout([{ sku, quantity: 1 }]);
		await cyd.reserve(sku, 1, { wait: true });
		await archive(sku);
		expect(await ada.reservation(sku)).toMatchObject({ status: 200, body: { status: "held" } });
		expect(await ada.extend(sku)).toMatchObject({ status: 200 });
		expect(await ada.buy([{ sku, quantity: 1 }])).toMatchObject({ status: "completed" });
		await pay(paymentIdOf(opened));
		const { body } = await bob.read(opened.id);
		expect(body.status).toBe("completed");
		expect(await cyd.reservation(sku)).toMatchObject({ body: { status: "waiting" } });
		await restock(sku, 1);
		expect(await cyd.reservation(sku)).toMatchObject({ body: { status: "held" } });
		expect(await cyd.release(sku)).toMatchObject({ status: 200 });
		expect(await refund(`${body.orderId}`, { restock: true })).toMatchObject({ status: 200 });
		expect(await stockOf(sku)).toMatchObject({ sold: 1, returned: 1, available: 2 });
	});

	it("cannot be checked out for more than the shopper holds", async () => {
		const sku = await newProduct({ units: 5 });
		const ada = await newShopper();
		await ada.reserve(sku, 1);
		await archive(sku);
		expectProblem(await ada.open([{ sku, quantity: 2 }]), 404, "unknown-sku", { sku });
		expect(await ada.reservation(sku)).toMatchObject({ body: { status: "held", quantity: 1 } });
	});

	it("is unknown before its sale begins too, though the sale's start is remembered", async () => {
		const sku = await newProduct({ units: 1, policy: { saleStartsAt: "2098-12-12T12:00:00Z" } });
		const eve = await newShopper();
		expectProblem(await eve.reserve(sku, 1), 409, "sale-not-open");
		await archive(sku);
		expectProblem(await eve.reserve(sku, 1), 404, "unknown-sku");
		expectProblem(await eve.reserve(sku, 1), 404, "unknown-sku");
	});

	it("is forgotten at once by the isolate that archived it, and known again when it is taken back", async () => {
		const sku = await newProduct({ units: 1 });
		const look = () => call<Defined>("GET", `/v1/products/${sku}`);
		const eve = await newShopper();
		for (let round = 0; round < 2; round++) {
			expect(await look()).toMatchObject({ status: 200 });
			await archive(sku);
			expectProblem(await look(), 404, "unknown-sku");
			expectProblem(await eve.reserve(sku, 1), 404, "unknown-sku");
			expect(await post("unarchive", sku)).toMatchObject({ status: 200, body: { archived: false } });
		}
		expect(await look()).toMatchObject({ status: 200, body: { availability: { status: "in_stock" } } });
		expect(await eve.reserve(sku, 1)).toMatchObject({ status: 201 });
	});

	it("is hidden by its object where D1 does not know yet that it is archived", async () => {
		const sku = await newProduct({ units: 1 });
		const stub = (await import("cloudflare:workers")).env.SKU.getByName(sku);
		await stub.archive(true, { ifMatch: null, key: crypto.randomUUID() });
		expectProblem(await callWith({}, "GET", `/v1/products/${sku}`), 404, "unknown-sku");
		expect(await listed("/v1/products")).not.toContain(sku);
	});
});

describe("POST /admin/v1/products/{sku}/archive", () => {
	it("answers with the product and its new ETag, and again without changing it", async () => {
		const sku = await newProduct();
		const first = await post("archive", sku, '"1"');
		expect(first).toMatchObject({ status: 200, body: { sku, archived: true, revision: 2 } });
		expect(first.headers.get("etag")).toBe('"2"');
		expect(await post("archive", sku)).toMatchObject({ status: 200, body: { revision: 2 } });
		const stale = await post("unarchive", sku, '"1"');
		expectProblem(stale, 412, "precondition-failed");
		expect(stale.headers.get("etag")).toBe('"2"');
		const back = await post("unarchive", sku, '"2"');
		expect(back).toMatchObject({ status: 200, body: { archived: false, revision: 3 } });
		expect(await post("unarchive", sku)).toMatchObject({ status: 200, body: { revision: 3 } });
	});

	it("is refused for a SKU that nobody has defined, and without a merchant's token", async () => {
		const sku = newSku();
		for (const verb of ["archive", "unarchive"] as const) {
			expectProblem(await post(verb, sku), 404, "unknown-sku", { sku });
			expectProblem(await call("POST", `/admin/v1/products/${sku}/${verb}`), 401, "unauthorized");
		}
	});

	it("leaves the product to be read, changed and stocked by its merchant", async () => {
		const sku = await newProduct({ units: 1 });
		await archive(sku);
		expect(await asMerchant("GET", `/products/${sku}`)).toMatchObject({ status: 200, body: { archived: true } });
		expect(await asMerchant("PATCH", `/products/${sku}`, { json: { title: "Cup" } })).toMatchObject({
			status: 200,
			body: { archived: true, title: "Cup" },
		});
		await restock(sku, 1);
		expect(await stockOf(sku)).toMatchObject({ available: 2 });
	});
});

describe("GET /admin/v1/products", () => {
	it("lists what is not archived, or what is archived alone, with a search too", async () => {
		const mark = crypto.randomUUID().slice(0, 8);
		const [kept, gone] = [await newProduct({ title: `Mug ${mark}` }), await newProduct({ title: `Cup ${mark}` })];
		await archive(gone);
		expect(await listed(`/admin/v1/products?q=${mark}`, asAdmin)).toEqual([kept]);
		expect(await listed(`/admin/v1/products?q=${mark}&archived=false`, asAdmin)).toEqual([kept]);
		expect(await listed(`/admin/v1/products?q=${mark}&archived=true`, asAdmin)).toEqual([gone]);
		expect(await listed("/admin/v1/products?archived=true", asAdmin)).toContain(gone);
		expectProblem(await call("GET", "/admin/v1/products?archived=yes", asAdmin), 400, "invalid-request");
	});
});
