/**
 * The way of a request for units, from where it arrives to who decides it: a memory of "sold out" that refuses for a
 * moment, and a batcher in which requests travel together. Isolates and gates have one each, of the same make.
 */

import type { Granted, Reserved, ReserveRequest, ReserveResult, UnknownSku } from "../stock/rpc.ts";
import { askedAtMs, isRefusable } from "../stock/rules/gates.ts";
import type { CallBatchers, KeepAlive } from "./call-batcher.ts";
import type { Asking, SoldOutCache } from "./sold-out-cache.ts";

export type SoldOut = Extract<ReserveResult, { readonly kind: "sold-out" }>;

/** One answer for each request, in their order, and how old they may have been when they were asked for. */
export interface Answers {
	readonly results: readonly Reserved[];
	readonly ageMs?: number | undefined;
}

export interface ReservePath<Q extends ReserveRequest> {
	readonly sku: string;
	readonly soldOut: SoldOutCache<SoldOut>;
	/** Null when each request makes a call of its own. */
	readonly batchers: CallBatchers<Q, Reserved> | null;
	readonly keepAlive: KeepAlive;
	/** What memory answers to this request, which names no condition; null when it has to be asked. */
	refusalOf(request: Q, nowMs: number): ReserveResult | null;
	/** Asks for whoever decides. It may be called twice with the same request. */
	ask(requests: readonly Q[], nowMs: number): Promise<Answers | UnknownSku>;
	/** Called with each answer that gave the shopper something. */
	onGranted(result: Granted): void;
}

/** @throws ObjectUnavailable when nobody can decide just now */
export async function reserveOn<Q extends ReserveRequest>(path: ReservePath<Q>, request: Q): Promise<Reserved> {
	const nowMs = Date.now();
	const refusal = remembered(path, request, nowMs);
	if (refusal !== null) {
		const isAsker = refusal.kind === "sold-out" && path.soldOut.claimRefresh(path.sku, nowMs);
		return isAsker ? refresh(path, request) : refusal;
	}
	if (path.batchers === null) return (await ask(path, [request]))[0] as Reserved;
	return path.batchers.call(path.sku, request, nowMs, path.keepAlive, (requests) => askUnlessRefused(path, requests));
}

function remembered<Q extends ReserveRequest>(path: ReservePath<Q>, request: Q, nowMs: number): ReserveResult | null {
	return isRefusable(request) ? path.refusalOf(request, nowMs) : null;
}

/** Asks although the memory would refuse. Who gets something new shows that units were freed elsewhere. */
async function refresh<Q extends ReserveRequest>(path: ReservePath<Q>, request: Q): Promise<Reserved> {
	const [result] = (await ask(path, [request])) as [Reserved];
	if (result.kind === "held" && result.created) path.soldOut.invalidate(path.sku);
	return result;
}

/** Requests that queued before the SKU sold out are answered from memory; the rest travel in one call. */
async function askUnlessRefused<Q extends ReserveRequest>(
	path: ReservePath<Q>,
	requests: readonly Q[],
): Promise<readonly Reserved[]> {
	const refusals = requests.map((request) => remembered(path, request, Date.now()));
	const rest = requests.filter((_, index) => refusals[index] === null);
	const results = (rest.length > 0 ? await ask(path, rest) : []).values();
	return refusals.map((refusal) => refusal ?? (results.next().value as Reserved));
}

async function ask<Q extends ReserveRequest>(
	path: ReservePath<Q>,
	requests: readonly Q[],
): Promise<readonly Reserved[]> {
	const nowMs = Date.now();
	const asking = path.soldOut.beginAsking(path.sku, nowMs);
	const answers = await path.ask(requests, nowMs);
	if ("kind" in answers) return requests.map(() => answers);
	const aged = { ...asking, atMs: askedAtMs(nowMs, answers.ageMs) };
	for (const [index, result] of answers.results.entries()) {
		remember(path, (requests[index] as Q).shopperId, result, aged);
	}
	return answers.results;
}

function remember<Q extends ReserveRequest>(
	path: ReservePath<Q>,
	shopperId: string,
	result: Reserved,
	asking: Asking,
): void {
	if (result.kind === "sold-out") {
		const { closed, noneForPublic = closed, waitlistFull = false, retryAtMs } = result;
		if (noneForPublic) path.soldOut.set(path.sku, result, closed || waitlistFull, asking, retryAtMs);
	}
	if (!("reservation" in result)) return;
	path.soldOut.exempt(path.sku, shopperId);
	path.onGranted(result);
}
