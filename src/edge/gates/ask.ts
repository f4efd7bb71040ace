/**
 * Whom an isolate asks about a SKU: its object, or a gate while the SKU says that it is hot.
 *
 * - A SKU that is cold has no gate, and nothing stands between an isolate and its object.
 * - A gate that is lost, or fails in any other way, costs one more call: the object is asked the same. Only a gate that
 *   is overloaded is not passed by: who floods it would flood the object.
 * - What changes a reservation that the shopper names, or reads it (DELETE, extend, GET), and every checkout, is asked
 *   of the object.
 */
import { AVAILABILITY_TTL_MS, SOLD_OUT_TTL_MS } from "../../limits.ts";
import { callObject, isOverloaded } from "../../platform/durable-object.ts";
import { messageOf, ObjectUnavailable } from "../../platform/errors.ts";
import { log } from "../../platform/log.ts";
import { objectStub } from "../../platform/object-stub.ts";
import { callSku } from "../../stock/client.ts";
import { wordIn } from "../../stock/live-sockets.ts";
import { packRequests, unpackResults } from "../../stock/reserve-columns.ts";
import type { AvailabilityResult, NoAnswer, ReserveRequest, SkuRpc, UnknownSku } from "../../stock/rpc.ts";
import { gateName, gatesToAsk, type HotWord, hear, regionOf } from "../../stock/rules/gates.ts";
import type { Edge } from "../isolate-memory.ts";
import type { Answers } from "../reserve-path.ts";
import type { FromGate, GateRpc } from "./rpc.ts";

/** @param untilMs until when the callers wait for their answers */
export async function askForUnits(
	edge: Edge,
	sku: string,
	requests: readonly ReserveRequest[],
	untilMs: number,
	freedAgoMs: number,
): Promise<Answers | UnknownSku> {
	const packed = { ...packRequests(requests), untilMs };
	const recent = freedAgoMs < SOLD_OUT_TTL_MS ? { maxAgeMs: freedAgoMs } : {};
	const answer = await ask<FromGate<Awaited<ReturnType<SkuRpc["reserveMany"]>>>>(
		edge,
		sku,
		(gate) => gate.reserveMany({ ...packed, ...recent }),
		(object) => object.reserveMany({ ...packed, from: edge.memory.seed }),
	);
	if ("kind" in answer && answer.kind === "unknown-sku") return answer;
	return { results: unpackResults(answer), ageMs: "ageMs" in answer ? answer.ageMs : 0 };
}

export async function askForAvailability(
	edge: Edge,
	sku: string,
	maxAgeMs: number,
): Promise<FromGate<AvailabilityResult>> {
	const answer = await ask<FromGate<AvailabilityResult> | NoAnswer>(
		edge,
		sku,
		(gate) => gate.availability(Math.min(maxAgeMs, AVAILABILITY_TTL_MS)),
		(object) => object.availability(undefined, edge.memory.seed),
	);
	if (answer.kind === "no-answer") throw unanswered();
	return answer;
}

/** A gate says that the SKU's object could not serve it: it is not asked again. */
export const unanswered = (): Error => new ObjectUnavailable("a gate had no answer from the SKU's object");

/**
 * Asks a gate, or the SKU's object, and hears what the answer says of the SKU's heat.
 * @throws ObjectUnavailable when whoever was asked cannot serve just now
 */
async function ask<A extends object>(
	edge: Edge,
	sku: string,
	viaGate: (gate: GateRpc) => Promise<A>,
	direct: (object: SkuRpc) => Promise<A>,
): Promise<A> {
	const gates = gatesOf(edge, sku, Date.now());
	const answer =
		(gates > 0 ? await throughGate(edge, sku, gates, viaGate) : null) ?? (await callSku(edge.env, sku, direct));
	noteWord(edge, sku, "hot" in answer ? (answer.hot as HotWord | undefined) : undefined);
	return answer;
}

function gatesOf({ memory }: Edge, sku: string, nowMs: number): number {
	const startsAtMs = memory.products.fresh(sku, nowMs)?.policy.saleStartsAtMs ?? null;
	return gatesToAsk(memory.heard.get(sku), startsAtMs, nowMs);
}

function noteWord({ memory }: Edge, sku: string, word: HotWord | undefined): void {
	const heard = hear(memory.heard.get(sku), word, Date.now());
	if (heard !== undefined) memory.heard.set(sku, heard);
}

/** @returns null when the gate failed, and the SKU's object is to be asked */
async function throughGate<A>(
	edge: Edge,
	sku: string,
	gates: number,
	call: (gate: GateRpc) => Promise<A>,
): Promise<A | null> {
	const { env, memory } = edge;
	const region = regionOf(edge.place?.() ?? {});
	const name = gateName({ sku, region, gates }, memory.seed);
	try {
		return await callObject(() => objectStub(env, env.GATE, name, region ?? ""), call);
	} catch (error) {
		if (isOverloaded(error)) throw error;
		log("gate-failed", { gate: name, error: messageOf(error) });
		return null;
	}
}

/** A socket that watches the SKU, or an answer that says why not. @param headers say who watches */
export async function askToWatch(edge: Edge, sku: string, url: string, headers: Headers): Promise<Response> {
	// Each of these requests is used once.
	const open = (object: { fetch(request: Request): Promise<Response> }) => object.fetch(new Request(url, { headers }));
	const atGate = async () => {
		const gates = gatesOf(edge, sku, Date.now());
		const answer = gates > 0 ? await throughGate(edge, sku, gates, open) : null;
		if (answer !== null) noteWord(edge, sku, wordIn(answer.headers));
		return answer;
	};
	const fromGate = await atGate();
	if (fromGate !== null) return fromGate;
	const answer = await callSku(edge.env, sku, open);
	noteWord(edge, sku, wordIn(answer.headers));
	// The object has no room, and its word may say where there is some.
	return answer.status === TOO_MANY ? ((await atGate()) ?? answer) : answer;
}

const TOO_MANY = 503;
