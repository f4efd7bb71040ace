/**
 * Nothing personal where it is not needed. Ada's e-mail address, name, address, telephone number, network address, tokens,
 * and what she wrote go through every door, also while things fail. Then all that was logged, every problem, and every list
 * that has no need of it is searched for them.
 */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { CheckoutObject } from "../../../src/checkout/checkout.ts";
import { log } from "../../../src/platform/log.ts";
import { eventually, pass, ring, useStoppedClock } from "../../support/clock.ts";
import { ADMIN, type CallOptions, call, callWith } from "../../support/http.ts";
import { asMerchant, newProduct, opened, restock } from "../../support/merchant.ts";
import { recordedOrder } from "../../support/orders.ts";
import { clearFaultsAfterEach, injectFaults, pay, providerUp, untilIdle } from "../../support/provider.ts";
import { deliveriesOf, Receiver, ringEndpoint } from "../../support/receiver.ts";
import { newShopper, paymentIdOf, type Shopper } from "../../support/shopper.ts";
import { sweepEverything } from "../../support/sweep.ts";

useStoppedClock();
clearFaultsAfterEach();

const EMAIL = "ada.lovelace+12@example.com";
const IP = "203.0.113.77";
const GIFT = "For Byron, with love";
const SHIP_TO = {
	...{ name: "Ada Lovelace", line1: "12 St James's Square", city: "Marylebone", postalCode: "SW1Y 4JH" },
	...{ country: "GB", phone: "+44 20 7946 0000" },
};
const PERSONAL = ["lovelace", "St James", "Marylebone", "SW1Y", "7946", IP, "Byron"];

let logged: string[] = [];
let problems: string[] = [];

beforeEach(() => {
	[logged, problems] = [[], []];
	for (const level of ["debug", "log", "info", "warn", "error"] as const) {
		vi.spyOn(console, level).mockImplementation((...words) => void logged.push(words.map(String).join(" ")));
	}
});
afterEach(() => void vi.restoreAllMocks());

/** A request from Ada's machine. What is refused is kept, to be searched. */
async function from<T>(ada: Pick<Shopper, "token">, method: string, path: string, options: CallOptions = {}) {
	const headers = { "cf-connecting-ip": IP, ...options.headers };
	const response = await call<T>(method, path, { token: ada.token, ...options, headers });
	if (response.status >= 400) problems.push(JSON.stringify(response.body));
	return response;
}

const cart = (sku: string, more: object = {}) => ({
	...{ lines: [{ sku, quantity: 1 }], email: EMAIL, shipTo: SHIP_TO, metadata: { gift: GIFT }, ...more },
});

/** Fails the test when any of these texts has something of Ada's, or a secret of the shop. */
function expectNothingPersonal(what: string, texts: readonly string[], ada: Pick<Shopper, "token">): void {
	const secrets = [ada.token, ADMIN, env.SHOPPER_TOKEN_SECRET, "whsec_", "_secret_"];
	for (const text of texts) {
		const found = [...PERSONAL, ...secrets].filter((mark) => text.toLowerCase().includes(mark.toLowerCase()));
		expect(found, `${what}: ${text.slice(0, 2_000)}`).toEqual([]);
	}
}

/** Everything that a merchant is shown and that needs no address. */
async function lists(sku: string): Promise<string[]> {
	const paths = [
		...[`/products/${sku}`, "/products", `/products/${sku}/stock`, `/products/${sku}/journal`, "/preorders"],
		...[`/products/${sku}/reservations`, "/reconciliation", "/metrics", "/webhooks"],
	];
	const shown = await Promise.all(paths.map(async (path) => (await asMerchant<unknown>("GET", path)).body));
	const product = (await call<unknown>("GET", `/v1/products/${sku}`)).body;
	const swept = (await asMerchant<unknown>("POST", "/sweep", { json: {} })).body;
	return [...shown, product, swept].map((body) => (typeof body === "string" ? body : JSON.stringify(body)));
}

describe("nothing personal", () => {
	it("is in a log, a problem or a list after a shopper's day: bought, refused, called off, pre-ordered, refunded", async () => {
		const sku = await newProduct({ units: 2, policy: { preorder: { capacity: 2, termsVersion: "v1" } } });
		const ada = await newShopper();
		await from(ada, "PUT", `/v1/reservations/${sku}`, { json: { quantity: 1, wait: true } });
		const key = crypto.randomUUID();
		const { body } = await from<{ id: string }>(ada, "POST", "/v1/checkouts", { key, json: cart(sku) });
		await from(ada, "POST", "/v1/checkouts", { key, json: cart(sku, { partial: true }) });
		const checkout = (await ada.read(body.id)).body;
		await pay(paymentIdOf(checkout));
		const orderId = (await ada.read(body.id)).body.orderId ?? "";
		await recordedOrder(orderId);
		const again = await from<{ id: string }>(ada, "POST", "/v1/checkouts", { key: "again", json: cart(sku) });
		await from(ada, "DELETE", `/v1/checkouts/${again.body.id}`);
		const ahead = cart(sku, { lines: [{ sku, quantity: 2 }], acceptPreorder: true });
		const preordered = await from<{ id: string }>(ada, "POST", "/v1/checkouts", { key: "ahead", json: ahead });
		await pay(paymentIdOf((await ada.read(preordered.body.id)).body));
		await from(ada, "POST", "/v1/checkouts", { key: "gone", json: cart(sku, { lines: [{ sku, quantity: 9 }] }) });
		await asMerchant("POST", `/orders/${orderId}/refund`, { json: { restock: true, reason: `${EMAIL} asked` } });
		await restock(sku, 3);
		const external = await opened(ada.id, [{ sku, quantity: 1 }], { ...cart(sku), payment: "external" });
		const paid = { reference: "psp-1", paidAt: new Date(Date.now()).toISOString(), amount: external.total };
		await asMerchant("POST", `/checkouts/${external.id}/paid`, { json: paid });
		await sweepEverything(env);

		expect(problems.length).toBeGreaterThan(1);
		expectNothingPersonal("a log", logged, ada);
		expectNothingPersonal("a problem", problems, ada);
		expectNothingPersonal("a list", await lists(sku), ada);
	});

	it("is in the problem of a request that is wrong in every way", async () => {
		const sku = await newProduct({ units: 1 });
		const ada = await newShopper();
		const whole = JSON.stringify(cart(sku));
		for (const [key, body] of Object.entries({
			cut: whole.slice(0, -9),
			doubled: `${whole}${whole}`,
			email: whole.replace(EMAIL, `${EMAIL} `),
			// The names of members are told back to who sent them, their values are not.
			member: whole.replace('"email"', '"mail"'),
			country: whole.replace('"GB"', '"Marylebone"'),
			long: whole.replace("Ada Lovelace", "Ada Lovelace".repeat(40)),
			metadata: whole.replace("Byron", "Byron".repeat(101)),
			unicode: whole.replace("Byron", "Byron\\ud800"),
		})) {
			const headers = { "content-type": "application/json" };
			const response = await from(ada, "POST", "/v1/checkouts", { key, body, headers });
			expect(response.status, key).toBe(400);
		}
		// So is an address of the shop that has nothing, to who asked for it. Ids and queries are not.
		for (const path of [
			`/v1/orders/${EMAIL}`,
			`/v1/checkouts/${EMAIL}`,
			`/v1/products/${EMAIL}`,
			`/v1/products?email=${EMAIL}`,
			`/v1/products?cursor=${EMAIL}&cursor=${EMAIL}`,
		]) {
			expect((await from(ada, "GET", path)).status, path).toBeGreaterThanOrEqual(400);
		}
		for (const token of [`${ada.token}x`, EMAIL, `Bearer ${ada.token}`]) {
			expect((await from({ token }, "GET", "/v1/orders")).status).toBe(401);
			expect((await from({ token }, "GET", "/admin/v1/orders")).status).toBe(401);
		}
		expect((await from({ token: ADMIN }, "GET", `/admin/v1/orders?email=${EMAIL}&of=${EMAIL}`)).status).toBe(400);
		expectNothingPersonal("a problem", problems, ada);
		expectNothingPersonal("a log", logged, ada);
	});

	it("is logged when the provider, a SKU, D1, the queue or a webhook fails and says what it was given", async () => {
		const sku = await newProduct({ units: 5 });
		const ada = await newShopper();
		const told = `it was told of ${EMAIL} with Bearer ${ada.token}, sk_live_abc and whsec_MfKQ9r8GKYqr`;
		const says = () => {
			throw new Error(told);
		};
		const open = async (key: string) => {
			const { body } = await from<{ id: string }>(ada, "POST", "/v1/checkouts", { key, json: cart(sku) });
			return body.id;
		};

		// The provider, and the SKU while it is paid for.
		const id = await open("provider");
		await injectFaults({ call: "capture", times: 2 }, { call: "read", times: 2 });
		const unreachable = vi.spyOn(env.SKU, "getByName").mockImplementationOnce(says).mockImplementationOnce(says);
		await pay(paymentIdOf((await ada.read(id)).body));
		unreachable.mockRestore();
		await providerUp();
		for (let wakes = 0; wakes < 4; wakes++) {
			pass(61);
			await ring.checkout(id);
		}
		await untilIdle(id);
		expect((await ada.read(id)).body.status).toBe("completed");

		// D1 and the queue, for a request and for an object.
		const fails = () => {
			throw new Error(`D1_ERROR: ${told}: SQLITE_ERROR`);
		};
		const broken = { prepare: fails, batch: fails };
		for (const path of ["/v1/orders", "/v1/products", "/admin/v1/orders", "/admin/v1/metrics"]) {
			const token = path.startsWith("/admin") ? ADMIN : ada.token;
			const response = await callWith({ DB: broken }, "GET", path, { token });
			if (response.status >= 400) problems.push(JSON.stringify(response.body));
		}
		const queued = await open("queue");
		await runInDurableObject(env.CHECKOUT.getByName(queued), (object: CheckoutObject) => {
			const inside = object as unknown as { env: object };
			inside.env = { ...env, ORDERS: { send: says } };
		});
		await from(ada, "DELETE", `/v1/checkouts/${queued}`);
		pass(3_600);
		await ring.checkout(queued);

		// A receiver of webhooks, which gets what is its due, and whose answer is listed.
		const receiver = new Receiver();
		const endpoint = await receiver.endpoint(["order.created"]);
		receiver.answer = () => new Error(told);
		const sold = await open("webhook");
		await pay(paymentIdOf((await ada.read(sold)).body));
		await eventually(async () => {
			await ringEndpoint(endpoint.id);
			const its = (await deliveriesOf(endpoint.id)).filter(({ subject }) => subject === sold.replace("co_", "or_"));
			expect(its).toMatchObject([{ attempts: 1 }]);
		});
		await asMerchant("POST", `/shoppers/${ada.id}/erase`, { json: {} });

		const events = new Set(logged.flatMap((line) => /"event":"([a-z-]+)"/.exec(line)?.[1] ?? []));
		expect([...events]).toEqual(expect.arrayContaining(["effect-put-off", "request-failed"]));
		expectNothingPersonal("a log", logged, ada);
		expectNothingPersonal("a problem", problems, ada);
		expectNothingPersonal("a delivery", [JSON.stringify(await deliveriesOf(endpoint.id))], ada);
		expectNothingPersonal("a list", await lists(sku), ada);
	});

	it("would be found here if it were logged", () => {
		log("request-failed", { error: "Ada Lovelace moved" });
		expect(() => expectNothingPersonal("a log", logged, { token: "t.o.k" })).toThrow("Ada Lovelace moved");
	});
});
