/**
 * `/bench/…`: routes that only the bench uses. They drive a SKU's object from inside the runtime, without HTTP in front
 * of it, and read the counts. The caller takes the times: the clock in here stands still between I/O
 * (https://developers.cloudflare.com/workers/reference/security-model/).
 */
import { SWEEP_CANDIDATES } from "../../../src/limits.ts";
import { newId } from "../../../src/platform/id.ts";
import { reserveMany } from "../../../src/stock/reserve-columns.ts";
import type { ReserveRequest } from "../../../src/stock/rpc.ts";
import type { BareFeed } from "./bare-feed.ts";
import { takeOperations } from "./counted.ts";
import { type Isolates, reserveFromIsolates } from "./isolates.ts";
import { oldShopper, type SkuObject } from "./objects.ts";

const JOURNAL_PAGE = 10_000;

/** The measured object of `objects.ts`, by its SKU. */
function objectOf(env: Env, sku: string): DurableObjectStub<SkuObject> {
	return env.SKU.getByName(sku) as unknown as DurableObjectStub<SkuObject>;
}

function feedOf(env: Env, name: string): DurableObjectStub<BareFeed> {
	return (env as Env & { BARE_FEED: DurableObjectNamespace<BareFeed> }).BARE_FEED.getByName(name);
}

interface Fill {
	readonly sku: string;
	/** Reservations of one unit each, by as many new shoppers. */
	readonly reservations: number;
	readonly perCall: number;
	/** Calls in flight at the same time, as from so many isolates. */
	readonly callsAtOnce: number;
	readonly wait: boolean;
	/** The ids of shoppers are in no order, as a merchant's own may be. Ours are in the order of their creation. */
	readonly anyIds: boolean;
}

/** The next requests, made before the caller starts its clock. */
let ready: readonly ReserveRequest[] = [];

function prepare({ reservations, wait, anyIds }: Fill): void {
	const newShopper = () => (anyIds ? crypto.randomUUID() : `s_${newId()}`);
	ready = Array.from({ length: reservations }, () => ({ shopperId: newShopper(), quantity: 1, wait, ifMatch: null }));
}

async function fill(env: Env, { sku, perCall, callsAtOnce }: Fill): Promise<object> {
	const object = objectOf(env, sku);
	const answers: Record<string, number> = {};
	const batches = Array.from({ length: Math.ceil(ready.length / perCall) }, (_, call) =>
		ready.slice(call * perCall, (call + 1) * perCall),
	).values();
	const isolate = async () => {
		for (const requests of batches) {
			const results = await reserveMany(object, requests);
			if ("kind" in results) throw new Error(results.kind);
			for (const { kind } of results) answers[kind] = (answers[kind] ?? 0) + 1;
		}
	};
	await Promise.all(Array.from({ length: callsAtOnce }, isolate));
	return answers;
}

function ask(object: DurableObjectStub<SkuObject>, what: string): Promise<unknown> {
	switch (what) {
		case "availability":
			return object.availability();
		case "stock":
			return object.stock();
		case "reservation":
			return object.reservation(oldShopper(0));
		case "buyers":
			return object.buyers("", SWEEP_CANDIDATES);
		case "suspects":
			return object.suspects(SWEEP_CANDIDATES);
		default:
			throw new Error(`no such question: ${what}`);
	}
}

export async function drive(request: Request, env: Env): Promise<Response> {
	const { pathname, searchParams } = new URL(request.url);
	const sku = searchParams.get("sku") ?? "";
	switch (pathname) {
		case "/bench/bare":
			return new Response("ok");
		case "/bench/prepare":
			prepare(await request.json<Fill>());
			return Response.json({});
		case "/bench/fill":
			return Response.json(await fill(env, await request.json<Fill>()));
		case "/bench/isolates":
			return Response.json(await reserveFromIsolates(env, await request.json<Isolates>()));
		case "/bench/touch":
			return Response.json(await objectOf(env, sku).availability());
		case "/bench/ask":
			for (let times = Number(searchParams.get("times")); times > 0; times--) {
				await ask(objectOf(env, sku), searchParams.get("what") ?? "");
			}
			return Response.json({});
		case "/bench/age":
			await objectOf(env, sku).age(Number(searchParams.get("from")), Number(searchParams.get("rows")));
			return Response.json({});
		case "/bench/feed":
			return feedOf(env, sku).fetch(request);
		case "/bench/feed-send":
			await feedOf(env, sku).send();
			return Response.json({});
		case "/bench/fold":
			await objectOf(env, sku).fold();
			return Response.json({});
		case "/bench/journal": {
			const page = await objectOf(env, sku).journal(Number(searchParams.get("after")), JOURNAL_PAGE);
			if (page.kind !== "journal") throw new Error(page.kind);
			return Response.json(page.entries.map(({ seq, kind, atMs }) => ({ seq, kind, atMs })));
		}
		case "/bench/measured":
			return Response.json(await objectOf(env, sku).measured());
		case "/bench/operations":
			return Response.json(takeOperations());
		case "/bench/note":
			return Response.json(await env.HOLDINGS.getByName(searchParams.get("shopper") ?? "").note([sku]));
		case "/bench/recorded":
			await env.CHECKOUT.getByName(searchParams.get("checkout") ?? "").recorded(Number(searchParams.get("version")));
			return Response.json({});
		case "/bench/sleep":
			// The call that puts the object to sleep fails with it.
			await objectOf(env, sku)
				.sleep()
				.catch(() => {});
			return Response.json({});
		default:
			return new Response("no such thing", { status: 404 });
	}
}
