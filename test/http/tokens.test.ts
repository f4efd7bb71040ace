/** Tokens: of shoppers, for a merchant's own customer ids, of merchants, and every token that must be refused. */
import { env } from "cloudflare:workers";
import { base64url, SignJWT, UnsecuredJWT } from "jose";
import { afterEach, describe, expect, it, vi } from "vitest";
import { SHOPPER_TOKEN_SECONDS } from "../../src/limits.ts";
import { ADMIN, call, callWith, expectProblem } from "../support/http.ts";
import { asMerchant, newProduct, newSku } from "../support/merchant.ts";
import { newShopper, Shopper } from "../support/shopper.ts";

afterEach(() => vi.useRealTimers());

const secret = new TextEncoder().encode(env.SHOPPER_TOKEN_SECRET);
const inAnHour = () => Math.floor(Date.now() / 1000) + 3600;

/** A valid token, but for what `change` does to it. */
function forge(change: (token: SignJWT) => SignJWT = (token) => token, key: Uint8Array = secret, alg = "HS256") {
	const token = new SignJWT()
		.setSubject("s_mallory")
		.setIssuer("holdfast")
		.setAudience("holdfast-shopper")
		.setIssuedAt()
		.setExpirationTime(inAnHour());
	return change(token).setProtectedHeader({ alg }).sign(key);
}

/** A valid token with another header, and the right signature for it. */
async function underHeader(header: object): Promise<string> {
	const [, claims] = (await forge()).split(".");
	const signed = `${base64url.encode(JSON.stringify(header))}.${claims}`;
	const key = await crypto.subtle.importKey("raw", secret, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
	return `${signed}.${base64url.encode(new Uint8Array(await crypto.subtle.sign("HMAC", key, new TextEncoder().encode(signed))))}`;
}

/** A call that needs a shopper's token, and has no other reason to fail. */
async function asToken(token: string) {
	return call("GET", `/v1/reservations/${await newProduct()}`, { token });
}

describe("POST /v1/shoppers", () => {
	it("creates a shopper with a valid token", async () => {
		const { status, body } = await call<{ shopperId: string; token: string; expiresAt: string }>(
			"POST",
			"/v1/shoppers",
		);
		expect(status).toBe(201);
		const lifetimeMs = Date.parse(body.expiresAt) - Date.now();
		expect(lifetimeMs / 1000).toBeGreaterThan(SHOPPER_TOKEN_SECONDS - 60);
		expect(lifetimeMs / 1000).toBeLessThanOrEqual(SHOPPER_TOKEN_SECONDS);
		const sku = await newProduct({ units: 1 });
		expect(await new Shopper(body.shopperId, body.token).reserve(sku, 1)).toMatchObject({ status: 201 });
		const listed = await asMerchant<{ reservations: { shopperId: string }[] }>("GET", `/products/${sku}/reservations`);
		expect(listed.body.reservations).toMatchObject([{ shopperId: body.shopperId }]);
	});

	it("creates another shopper each time", async () => {
		const [one, other] = await Promise.all([newShopper(), newShopper()]);
		expect(one.id).not.toBe(other.id);
	});
});

describe("POST /admin/v1/shoppers", () => {
	const mint = (json: unknown) =>
		asMerchant<{ shopperId: string; token: string; expiresAt: string }>("POST", "/shoppers", { json });

	it("creates a token for the merchant's own customer id, the same shopper each time (woocommerce 67354)", async () => {
		const shopperId = "customer:42@shop.example";
		const sku = await newProduct({ units: 3 });
		const first = await mint({ shopperId });
		expect(first).toMatchObject({ status: 201, body: { shopperId } });
		await new Shopper(shopperId, first.body.token).reserve(sku, 2);
		// The browser was closed and lost its token.
		const second = await mint({ shopperId });
		expect(await new Shopper(shopperId, second.body.token).reservation(sku)).toMatchObject({
			status: 200,
			body: { status: "held", quantity: 2 },
		});
	});

	it("creates a token that is valid as long as the merchant says, and no longer", async () => {
		vi.useFakeTimers({ toFake: ["Date"] });
		const { body } = await mint({ shopperId: "customer-7", expiresInSeconds: 60 });
		expect(Date.parse(body.expiresAt) - Date.now()).toBeGreaterThan(58_000);
		vi.setSystemTime(Date.parse(body.expiresAt) - 1_000);
		expect(await asToken(body.token)).toMatchObject({ status: 404 });
		vi.setSystemTime(Date.parse(body.expiresAt) + 1);
		expectProblem(await call("GET", `/v1/reservations/${newSku()}`, { token: body.token }), 401, "unauthorized");
	});

	it("is refused to shoppers", async () => {
		const { token } = await newShopper();
		const json = { shopperId: "customer-1" };
		expectProblem(await call("POST", "/admin/v1/shoppers", { json }), 401, "unauthorized");
		expectProblem(await call("POST", "/admin/v1/shoppers", { token, json }), 401, "unauthorized");
	});
});

describe("a shopper's token", () => {
	it("is accepted when it is made as ours are", async () => {
		expectProblem(await asToken(await forge()), 404, "no-reservation");
	});

	const forgeries: [string, () => Promise<string> | string][] = [
		[
			"signed with another secret",
			() => forge((t) => t, new TextEncoder().encode("another-secret-0123456789abcdefgh")),
		],
		["of another issuer", () => forge((t) => t.setIssuer("mallory"))],
		["for another audience", () => forge((t) => t.setAudience("holdfast-admin"))],
		["expired", () => forge((t) => t.setExpirationTime(Math.floor(Date.now() / 1000) - 1))],
		["not valid yet", () => forge((t) => t.setNotBefore(inAnHour()))],
		["signed by another algorithm with our secret", () => forge((t) => t, secret, "HS512")],
		["signed as ours are, under a header that names another algorithm", () => underHeader({ alg: "none" })],
		["under a header that asks for more than we know", () => underHeader({ alg: "HS256", crit: ["exp"] })],
		["without a subject", () => forge((t) => t.setSubject(""))],
		["with a subject that is no shopper id", () => forge((t) => t.setSubject("s_1\nx-admin: yes"))],
		["of a subject longer than any id", () => forge((t) => t.setSubject("s".repeat(500)))],
		[
			"unsigned (alg none)",
			() =>
				new UnsecuredJWT()
					.setSubject("s_mallory")
					.setIssuer("holdfast")
					.setAudience("holdfast-shopper")
					.setExpirationTime(inAnHour())
					.encode(),
		],
		[
			"that never expires",
			() =>
				new SignJWT({ sub: "s_1", iss: "holdfast", aud: "holdfast-shopper" })
					.setProtectedHeader({ alg: "HS256" })
					.sign(secret),
		],
		["that is the admin token", () => ADMIN],
		["that is no token", () => "x.y.z"],
		["of one dot", () => "."],
		["that is long", () => "a".repeat(8_000)],
	];

	it.each(forgeries)("is refused with 401: %s", async (_, make) => {
		const sku = await newProduct({ units: 1 });
		const token = await make();
		for (const [method, path] of [
			["GET", `/v1/reservations/${sku}`],
			["DELETE", `/v1/reservations/${sku}`],
			["POST", `/v1/reservations/${sku}/extend`],
			["GET", `/v1/checkouts/co_${"0".repeat(32)}`],
			["GET", `/v1/orders/or_${"0".repeat(32)}`],
		] as const) {
			const answer = await call(method, path, { token });
			expectProblem(answer, 401, "unauthorized");
			expect(answer.headers.get("www-authenticate")).toBe('Bearer realm="shopper"');
		}
		expectProblem(await new Shopper("", token).reserve(sku, 1), 401, "unauthorized");
		expectProblem(await new Shopper("", token).open([{ sku, quantity: 1 }]), 401, "unauthorized");
	});

	it("is refused with 401 when one character is changed", async () => {
		const { token } = await newShopper();
		const [header, payload, signature] = token.split(".") as [string, string, string];
		const claims = JSON.parse(atob(payload));
		const other = btoa(JSON.stringify({ ...claims, sub: "s_mallory" })).replace(/=+$/, "");
		const flipped = `${signature.startsWith("A") ? "B" : "A"}${signature.slice(1)}`;
		expect(await asToken(`${header}.${other}.${signature}`)).toMatchObject({ status: 401 });
		expect(await asToken(`${header}.${payload}.${flipped}`)).toMatchObject({ status: 401 });
	});

	it("is read from the Authorization header with the Bearer scheme only", async () => {
		const { token } = await newShopper();
		const path = `/v1/reservations/${await newProduct()}`;
		expectProblem(await call("GET", path), 401, "unauthorized");
		expectProblem(await call("GET", `${path}?token=${token}`), 401, "unauthorized");
		for (const authorization of ["", token, `Basic ${token}`, `Bearer`, `Bearer${token}`, `Bearer ${token} x`]) {
			expectProblem(await call("GET", path, { headers: { authorization } }), 401, "unauthorized");
		}
		// The scheme's name is not case-sensitive (RFC 9110, section 11.1).
		expectProblem(await call("GET", path, { headers: { authorization: `bearer ${token}` } }), 404, "no-reservation");
	});
});

describe("the admin token", () => {
	it.each([
		["none", undefined],
		["empty", ""],
		["wrong", "wrong"],
		["cut short", ADMIN.slice(0, -1)],
		["too long", `${ADMIN}x`],
		["in capitals", ADMIN.toUpperCase()],
	])("is required at every admin address: 401 when it is %s", async (_, token) => {
		const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
		for (const [method, path] of [
			["GET", "/admin/v1/orders"],
			["GET", "/admin/v1/reconciliation"],
			["GET", "/admin/v1/products/x/stock"],
			["PUT", "/admin/v1/products/x"],
			["POST", "/admin/v1/products/x/restock"],
			["GET", "/admin/v1/nothing"],
			["GET", "/admin/v1"],
		] as const) {
			const answer = await call(method, path, { headers });
			expectProblem(answer, 401, "unauthorized");
			expect(answer.headers.get("www-authenticate")).toBe('Bearer realm="admin"');
		}
	});

	it("is required also when the address is spelt otherwise", async () => {
		for (const path of [
			"/%61dmin/v1/orders",
			"/admin/%76%31/orders",
			"/v1/../admin/v1/orders",
			"/admin/v1/../v1/orders",
		]) {
			expectProblem(await call("GET", path), 401, "unauthorized");
		}
		for (const path of ["//admin/v1/orders", "/admin%2Fv1/orders", "/Admin/v1/orders"]) {
			expect((await call("GET", path, { token: ADMIN })).status, path).toBe(404);
		}
	});

	it("cannot be replaced by a shopper's token", async () => {
		const { token } = await newShopper();
		expectProblem(await call("GET", "/admin/v1/orders", { token }), 401, "unauthorized");
	});
});

describe("the secret of shoppers' tokens, while it is rotated", () => {
	const OLD = env.SHOPPER_TOKEN_SECRET;
	const rotated = {
		SHOPPER_TOKEN_SECRET: "the-next-shopper-secret-0123456789abcdef",
		SHOPPER_TOKEN_SECRET_PREVIOUS: OLD,
	};
	const { SHOPPER_TOKEN_SECRET_PREVIOUS: _, ...done } = rotated;
	const read = async (vars: object, token: string) =>
		callWith(vars as Record<string, string>, "GET", `/v1/reservations/${await newProduct()}`, { token });
	const made = async (vars: object) =>
		(await callWith<{ token: string }>(vars as Record<string, string>, "POST", "/v1/shoppers")).body.token;

	it("leaves tokens of both valid, and of the previous one no longer than it is configured", async () => {
		const [before, after] = [await made({}), await made(rotated)];
		// In turns, since the last keys and the last header are remembered.
		for (const token of [before, after, before, after])
			expect(await read(rotated, token)).toMatchObject({ status: 404 });
		expectProblem(await read(done, before), 401, "unauthorized");
		expect(await read(done, after)).toMatchObject({ status: 404 });
		// An isolate that the new secret has not reached yet does not know its tokens.
		expectProblem(await read({}, after), 401, "unauthorized");
	});

	it("takes tokens that name no key, as they were made before", async () => {
		expect(await read(rotated, await forge())).toMatchObject({ status: 404 });
		expectProblem(await read(done, await forge()), 401, "unauthorized");
	});

	it("names the key in each token, and says of another key's token that it is not valid", async () => {
		const [header = ""] = (await made(rotated)).split(".");
		const { kid } = JSON.parse(new TextDecoder().decode(base64url.decode(header))) as { kid: string };
		expect(kid).toMatch(/^[\w-]{8}$/);
		// Signed by the previous secret under the present one's name.
		expectProblem(await read(rotated, await underHeader({ alg: "HS256", kid })), 401, "unauthorized");
		expectProblem(await read(rotated, await underHeader({ alg: "HS256", kid: 7 })), 401, "unauthorized");
	});

	it("is not replaced by a previous one that is too short, and never without a present one", async () => {
		const short = { ...done, SHOPPER_TOKEN_SECRET_PREVIOUS: "short" };
		expectProblem(await read(short, await forge(undefined, new TextEncoder().encode("short"))), 401, "unauthorized");
		const only = { SHOPPER_TOKEN_SECRET: "", SHOPPER_TOKEN_SECRET_PREVIOUS: OLD };
		expectProblem(await read(only, await forge()), 503, "not-configured");
	});
});

describe("the admin token, while it is rotated", () => {
	const NEXT = "the-next-admin-token-0123456789abcdef";
	const rotated = { ADMIN_TOKEN: NEXT, ADMIN_TOKEN_PREVIOUS: ADMIN };
	const ask = (vars: Record<string, string>, token: string) => callWith(vars, "GET", "/admin/v1/orders", { token });

	it("lets in who has either of them, and nobody else", async () => {
		for (const token of [NEXT, ADMIN]) expect(await ask(rotated, token)).toMatchObject({ status: 200 });
		expectProblem(await ask(rotated, `${NEXT}x`), 401, "unauthorized");
		expectProblem(await ask({ ADMIN_TOKEN: NEXT }, ADMIN), 401, "unauthorized");
		expectProblem(await ask({ ADMIN_TOKEN: NEXT, ADMIN_TOKEN_PREVIOUS: "short" }, "short"), 401, "unauthorized");
		expectProblem(await ask({ ADMIN_TOKEN: "", ADMIN_TOKEN_PREVIOUS: ADMIN }, ADMIN), 503, "not-configured");
	});
});
