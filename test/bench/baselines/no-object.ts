/**
 * The HTTP server of the baselines. It does the work that a reservation of Holdfast does before it reaches the stock:
 * it checks the token (HS256, issuer, audience, expiry, with Node's own HMAC, the fastest way in Node) and validates
 * path and body by zod.
 */
import { createHmac, createSecretKey, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { z } from "zod";

const SKU = /^\/v1\/reservations\/([A-Za-z0-9][A-Za-z0-9._-]{0,63})$/;
const Body = z.strictObject({ quantity: z.int().min(1).max(10_000), wait: z.boolean().default(false) });
const Claims = z.object({
	sub: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._:@+-]{0,127}$/),
	iss: z.literal("holdfast"),
	aud: z.literal("holdfast-shopper"),
	exp: z.number(),
});
const HOLD_MS = 600_000;

export interface Held {
	readonly id: string;
	readonly created: boolean;
	readonly quantity: number;
	readonly expiresAtMs: number;
}

/** Takes units from the stock. @returns null when there are too few */
export type Reserve = (sku: string, shopperId: string, quantity: number, expiresAtMs: number) => Promise<Held | null>;

/** Serves `PUT /v1/reservations/{sku}` on a free port, which it sends to its parent process. */
export function serveBaseline(secret: string, reserve: Reserve): void {
	const key = createSecretKey(secret, "utf8");

	const shopperOf = (authorization: string | undefined): string | null => {
		const [head, claims, signature] = /^Bearer ([\w-]+)\.([\w-]+)\.([\w-]+)$/.exec(authorization ?? "")?.slice(1) ?? [];
		if (head === undefined || claims === undefined || signature === undefined) return null;
		if (JSON.parse(Buffer.from(head, "base64url").toString()).alg !== "HS256") return null;
		const expected = createHmac("sha256", key).update(`${head}.${claims}`).digest();
		const given = Buffer.from(signature, "base64url");
		if (given.length !== expected.length || !timingSafeEqual(given, expected)) return null;
		const read = Claims.safeParse(JSON.parse(Buffer.from(claims, "base64url").toString()));
		return read.success && read.data.exp * 1000 > Date.now() ? read.data.sub : null;
	};

	const answer = async (request: IncomingMessage, response: ServerResponse) => {
		const sku = SKU.exec(request.url ?? "")?.[1];
		const shopperId = shopperOf(request.headers.authorization);
		const body = Body.safeParse(JSON.parse(await textOf(request)));
		if (shopperId === null) return end(response, 401, {});
		if (sku === undefined || request.method !== "PUT" || !body.success) return end(response, 400, {});
		const held = await reserve(sku, shopperId, body.data.quantity, Date.now() + HOLD_MS);
		if (held === null) return end(response, 409, { type: "/problems/sold-out" });
		const { id, quantity, created } = held;
		return end(response, created ? 201 : 200, {
			...{ sku, id, quantity, status: "held", expiresAt: new Date(held.expiresAtMs).toISOString() },
			...{ position: null, extensionsLeft: 3, version: 0 },
		});
	};

	const server = createServer((request, response) => {
		answer(request, response).catch((error: unknown) => {
			console.error(error);
			end(response, 500, {});
		});
	});
	server.listen(0, "127.0.0.1", () => {
		const address = server.address();
		process.send?.({ port: typeof address === "object" && address !== null ? address.port : 0 });
	});
	process.once("disconnect", () => process.exit());
}

function textOf(request: IncomingMessage): Promise<string> {
	return new Promise((done, fail) => {
		let text = "";
		request.setEncoding("utf8");
		request.on("data", (chunk: string) => {
			text += chunk;
		});
		request.on("end", () => done(text));
		request.on("error", fail);
	});
}

function end(response: ServerResponse, status: number, body: unknown): void {
	const text = JSON.stringify(body);
	response.writeHead(status, { "content-type": "application/json", "content-length": Buffer.byteLength(text) });
	response.end(text);
}
