/**
 * Rows under load over HTTP: what bounds a reservation (`health`, `door`), reservations of one hot SKU with and without
 * lanes, and sold-out answers.
 */

import type { Figures } from "./figures.ts";
import type { LoadOrder, LoadResult } from "./load/messages.ts";
import type { Load } from "./load.ts";
import type { Part, Row, World } from "./measurement.ts";
import { fresh, Shop } from "./shop.ts";
import type { Served } from "./workerd.ts";

export const CONNECTIONS = [1, 32, 128, 512];
export const WARM_MS = 300;
export const BODY = '{"quantity":1}';
/** Far more units than a round can ask for. */
const PLENTY = 100_000_000;
/** Requests prepared for a second of load: twice what this design has reached on the fastest machine tried. */
const PREPARED_PER_SECOND = 30_000;
const LONG_HOLD_SECONDS = 86_400;

type Request = LoadOrder["request"];

/** One load order at `connections`, with processor time per answer. @throws Error when any answer is not `expected` */
export async function underLoad(
	{ measureMs }: World,
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

export const bare: Part = {
	name: "bare",
	about: "a Worker that does nothing at all, for comparison",
	set: "http",
	async prepare(world) {
		const [load, served] = await Promise.all([world.load(), world.holdfast(true)]);
		return [128].map((connections) => ({
			name: `bare-${connections}`,
			title: `"ok" before Holdfast, ${connections} conn.`,
			measure: () => underLoad(world, load, served, connections, BARE, 200),
		}));
	},
};

export const health: Part = {
	name: "health",
	about: "GET /health: the platform's limit here",
	set: "http",
	async prepare(world) {
		const [load, served] = await Promise.all([world.load(), world.holdfast(true)]);
		return CONNECTIONS.map((connections) => ({
			name: `health-${connections}`,
			title: `GET /health, ${connections} conn.`,
			measure: () => underLoad(world, load, served, connections, HEALTH, 200),
		}));
	},
};

export const door: Part = {
	name: "door",
	about: "a reservation answered before it reaches the object",
	set: "http",
	async prepare(world) {
		const [load, served] = await Promise.all([world.load(), world.holdfast(true)]);
		const sku = fresh("door");
		await new Shop(served).sell(sku, 0);
		return CONNECTIONS.map((connections) => ({
			name: `door-${connections}`,
			title: `the door, ${connections} conn.`,
			against: { "÷ health": `health-${connections}` },
			measure: () => underLoad(world, load, served, connections, reserveRequest(`/v1/door/${sku}`, served.secret), 201),
		}));
	},
};

async function reservations(world: World, lanes: boolean): Promise<readonly Row[]> {
	const [load, served] = await Promise.all([world.load(), world.holdfast(lanes, "reservations")]);
	const shop = new Shop(served);
	return CONNECTIONS.map((connections) => ({
		name: `${lanes ? "reserve" : "no-lanes"}-${connections}`,
		title: `reservations${lanes ? "" : " without lanes"}, ${connections} conn.`,
		against: {
			"÷ health": `health-${connections}`,
			"÷ door": `door-${connections}`,
			...(lanes ? { "÷ no lanes": `no-lanes-${connections}`, "÷ postgres": `postgres-${connections}` } : {}),
		},
		async measure() {
			const sku = fresh("hot");
			await shop.sell(sku, PLENTY);
			return underLoad(world, load, served, connections, reserveRequest(`/v1/reservations/${sku}`, served.secret), 201);
		},
	}));
}

export const reserve: Part = {
	name: "reserve",
	about: "reservations of one hot SKU, all accepted",
	set: "http",
	prepare: (world) => reservations(world, true),
};

export const noLanes: Part = {
	name: "no-lanes",
	about: "the same in a build without lanes",
	set: "http",
	prepare: (world) => reservations(world, false),
};

export const soldOut: Part = {
	name: "sold-out",
	about: "reservations of a SKU that is gone, refused by the latch",
	set: "http",
	async prepare(world) {
		const [load, served] = await Promise.all([world.load(), world.holdfast(true)]);
		const sku = fresh("gone");
		const shop = new Shop(served);
		await shop.sell(sku, 100, { waitlistLimit: 0, holdSeconds: LONG_HOLD_SECONDS });
		await shop.fill({ sku, reservations: 100, perCall: 100, callsAtOnce: 1 });
		return [128].map((connections) => ({
			name: `sold-out-${connections}`,
			title: `sold out, ${connections} conn.`,
			against: { "÷ health": `health-${connections}`, "÷ door": `door-${connections}` },
			measure: () =>
				underLoad(world, load, served, connections, reserveRequest(`/v1/reservations/${sku}`, served.secret), 409),
		}));
	},
};
