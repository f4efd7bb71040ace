/**
 * Rows under load over HTTP: what bounds a reservation (`health`, `no-object`), reservations of one hot SKU with and
 * without batching, and sold-out answers.
 */

import type { Figures } from "./figures.ts";
import type { LoadOrder, LoadResult } from "./load/messages.ts";
import type { Load } from "./load.ts";
import type { BenchContext, Measurement, Suite } from "./measurement.ts";
import { freshName, Shop } from "./shop.ts";
import type { Served } from "./workerd.ts";

export const CONNECTIONS = [1, 32, 128, 512];
export const WARM_MS = 300;
export const BODY = '{"quantity":1}';
/** Far more units than a round can reserve. */
const PLENTY = 100_000_000;
/** Requests prepared for each second of load: twice what was reached on the fastest machine tried. */
const PREPARED_PER_SECOND = 30_000;
const LONG_HOLD_SECONDS = 86_400;

type Request = LoadOrder["request"];

/** Runs one load and adds the processor time per answer. @throws Error when any answer is not `expected` */
export async function underLoad(
	{ measureMs }: BenchContext,
	load: Load,
	served: Pick<Served, "port"> & Partial<Pick<Served, "cpuMs">>,
	connections: number,
	request: Request,
	expected: number,
): Promise<Figures> {
	const atMost = Math.ceil(((WARM_MS + measureMs) / 1000) * PREPARED_PER_SECOND);
	const cpuBeforeMs = served.cpuMs?.() ?? Number.NaN;
	const order = { port: served.port, connections, warmMs: WARM_MS, measureMs, request, atMost };
	const result = await load.run(request.tokenSecret === null ? { ...order, atMost: Number.MAX_SAFE_INTEGER } : order);
	const cpuMs = (served.cpuMs?.() ?? Number.NaN) - cpuBeforeMs;
	const total = expectOnly(result, expected);
	const { perSecond, p50Ms, p99Ms } = result;
	return { perSecond, p50Ms, p99Ms, cpuMicros: (cpuMs * 1000) / total };
}

/** @returns how many answers there were */
export function expectOnly({ statuses }: Pick<LoadResult, "statuses">, expected: number): number {
	const others = Object.entries(statuses).filter(([status]) => Number(status) !== expected);
	if (others.length > 0)
		throw new Error(`answers other than ${expected}: ${JSON.stringify(Object.fromEntries(others))}`);
	return statuses[expected] ?? 0;
}

export const HEALTH: Request = { method: "GET", path: "/health", body: null, tokenSecret: null };
const BARE: Request = { method: "GET", path: "/bench/bare", body: null, tokenSecret: null };

export const reserveRequest = (path: string, tokenSecret: string): Request => ({
	method: "PUT",
	path,
	body: BODY,
	tokenSecret,
});

export const bare: Suite = {
	name: "bare",
	about: "a Worker that does nothing at all, for comparison",
	group: "http",
	async prepare(context) {
		const [load, served] = await Promise.all([context.load(), context.holdfast(true)]);
		return [128].map((connections) => ({
			name: `bare-${connections}`,
			title: `"ok" before Holdfast, ${connections} conn.`,
			measure: () => underLoad(context, load, served, connections, BARE, 200),
		}));
	},
};

export const health: Suite = {
	name: "health",
	about: "GET /health: the platform's limit here",
	group: "http",
	async prepare(context) {
		const [load, served] = await Promise.all([context.load(), context.holdfast(true)]);
		return CONNECTIONS.map((connections) => ({
			name: `health-${connections}`,
			title: `GET /health, ${connections} conn.`,
			measure: () => underLoad(context, load, served, connections, HEALTH, 200),
		}));
	},
};

export const noObject: Suite = {
	name: "no-object",
	about: "a reservation that is answered before it reaches the object",
	group: "http",
	async prepare(context) {
		const [load, served] = await Promise.all([context.load(), context.holdfast(true)]);
		const sku = freshName("no-object");
		await new Shop(served).sell(sku, 0);
		return CONNECTIONS.map((connections) => ({
			name: `no-object-${connections}`,
			title: `without an object, ${connections} conn.`,
			ratiosTo: { "÷ health": `health-${connections}` },
			measure: () =>
				underLoad(context, load, served, connections, reserveRequest(`/v1/no-object/${sku}`, served.secret), 201),
		}));
	},
};

async function reservations(context: BenchContext, batching: boolean): Promise<readonly Measurement[]> {
	const [load, served] = await Promise.all([context.load(), context.holdfast(batching, "reservations")]);
	const shop = new Shop(served);
	return CONNECTIONS.map((connections) => ({
		name: `${batching ? "reserve" : "no-batching"}-${connections}`,
		title: `reservations${batching ? "" : " without batching"}, ${connections} conn.`,
		ratiosTo: {
			"÷ health": `health-${connections}`,
			"÷ no object": `no-object-${connections}`,
			...(batching ? { "÷ no batching": `no-batching-${connections}`, "÷ postgres": `postgres-${connections}` } : {}),
		},
		async measure() {
			const sku = freshName("hot");
			await shop.sell(sku, PLENTY);
			return underLoad(
				context,
				load,
				served,
				connections,
				reserveRequest(`/v1/reservations/${sku}`, served.secret),
				201,
			);
		},
	}));
}

export const reserve: Suite = {
	name: "reserve",
	about: "reservations of one hot SKU, all accepted",
	group: "http",
	prepare: (context) => reservations(context, true),
};

export const noBatching: Suite = {
	name: "no-batching",
	about: "the same in a build without batching",
	group: "http",
	prepare: (context) => reservations(context, false),
};

export const soldOut: Suite = {
	name: "sold-out",
	about: "reservations of a SKU that is gone, refused from the sold-out cache",
	group: "http",
	async prepare(context) {
		const [load, served] = await Promise.all([context.load(), context.holdfast(true)]);
		const sku = freshName("gone");
		const shop = new Shop(served);
		await shop.sell(sku, 100, { holdSeconds: LONG_HOLD_SECONDS });
		await shop.fill({ sku, reservations: 100, perCall: 100, callsAtOnce: 1 });
		return [128].map((connections) => ({
			name: `sold-out-${connections}`,
			title: `sold out, ${connections} conn.`,
			ratiosTo: { "÷ health": `health-${connections}`, "÷ no object": `no-object-${connections}` },
			measure: () =>
				underLoad(context, load, served, connections, reserveRequest(`/v1/reservations/${sku}`, served.secret), 409),
		}));
	},
};
