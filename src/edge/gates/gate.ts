/**
 * A gate of a hot SKU: an object that stands between the isolates of one region and the SKU's object.
 *
 * - It has one call for units under way at a time. What comes meanwhile travels together in the next one, in the order
 *   in which it came (`call-batcher.ts`).
 * - It decides nothing. It refuses only by what the SKU's object said less than a second ago, counted through the
 *   isolate's memory and its own together, and nobody who names a condition.
 * - Each request has its own answer, and its own time until which somebody waits for it. What the SKU's object could not
 *   serve has no answer, and is not sent again.
 * - It stores nothing, sets no alarm, and is gone when nobody calls. One that dies answers nobody: isolates then ask the
 *   SKU's object the same, and every such call may be made twice.
 *
 * The rules are in `stock/rules/gates.ts`. The watchers at a gate are in `feed.ts`.
 */
import { DurableObject } from "cloudflare:workers";
import { AVAILABILITY_TTL_MS, BATCH_SIZE, GATE_QUEUE } from "../../limits.ts";
import { ObjectUnavailable } from "../../platform/errors.ts";
import { callSku } from "../../stock/client.ts";
import { watcherOf, watchingResponse } from "../../stock/live-sockets.ts";
import { packRequests, packResults, unpackRequests, unpackResults } from "../../stock/reserve-columns.ts";
import type {
	AvailabilityResult,
	NoAnswer,
	PackedResults,
	Reserved,
	ReserveRequest,
	ReserveResult,
	TooLate,
	UnknownSku,
} from "../../stock/rpc.ts";
import { ageMs, gateOf, mayHandDown } from "../../stock/rules/gates.ts";
import { CallBatcher, CallBatchers } from "../call-batcher.ts";
import { type Answers, type ReservePath, reserveOn, type SoldOut } from "../reserve-path.ts";
import { SoldOutCache } from "../sold-out-cache.ts";
import { GateFeed } from "./feed.ts";
import type { FromGate, GateRequests, GateRpc } from "./rpc.ts";
import { GateTraffic } from "./traffic.ts";

interface GateRequest extends ReserveRequest {
	readonly arrivedAtMs: number;
	readonly untilMs: number;
	readonly maxAgeMs: number | undefined;
	/** How old the refusal was that it got from memory; 0 when the SKU's object was asked. */
	ageMs: number;
}

interface Look {
	readonly arrivedAtMs: number;
	readonly maxAgeMs: number;
}

interface Looked {
	readonly result: AvailabilityResult;
	readonly askedAtMs: number;
}

export class GateObject extends DurableObject<Env> implements GateRpc {
	readonly #of = gateOf(this.ctx.id.name ?? "");
	readonly #traffic = new GateTraffic(this.#of.gates);
	readonly #feed = new GateFeed(
		{ env: this.env, name: this.ctx.id.name ?? "", sku: this.#of.sku },
		this.#traffic,
		(work) => this.ctx.waitUntil(work),
	);
	readonly #keepAlive = (work: Promise<unknown>): void => this.ctx.waitUntil(work);
	readonly #path: ReservePath<GateRequest> = {
		sku: this.#of.sku,
		soldOut: new SoldOutCache<SoldOut>(),
		batchers: new CallBatchers<GateRequest, Reserved>({ size: BATCH_SIZE, queue: GATE_QUEUE }),
		keepAlive: this.#keepAlive,
		refusalOf: (request, nowMs) => this.#refusalOf(request, nowMs),
		ask: (requests) => this.#ask(requests),
		onGranted: ({ freed = 0 }) => {
			if (freed > 0) this.#path.soldOut.invalidate(this.#of.sku);
		},
	};
	#looked: Looked | null = null;
	/** Looks that wait for one answer. */
	readonly #looks = new CallBatcher<Look, Looked>((looks) => this.#lookTogether(looks));

	async reserveMany(packed: GateRequests): Promise<FromGate<PackedResults> | TooLate | UnknownSku> {
		const arrivedAtMs = Date.now();
		this.#traffic.count(arrivedAtMs);
		const { untilMs = Number.POSITIVE_INFINITY, maxAgeMs } = packed;
		if (arrivedAtMs >= untilMs) return { kind: "too-late" };
		const common = { arrivedAtMs, untilMs, maxAgeMs };
		const requests = unpackRequests(packed).map((request): GateRequest => ({ ...request, ...common, ageMs: 0 }));
		const results = await Promise.all(requests.map((request) => orNoAnswer(reserveOn(this.#path, request))));
		const oldestMs = Math.max(0, ...requests.map((request) => request.ageMs));
		return { ...packResults(results), ageMs: oldestMs, hot: this.#traffic.word(Date.now()) };
	}

	#refusalOf(request: GateRequest, nowMs: number): ReserveResult | null {
		const { soldOut } = this.#path;
		const refusal = soldOut.get(this.#of.sku, request.wait, nowMs);
		const askedAtMs = soldOut.askedAtMs(this.#of.sku, nowMs);
		if (refusal === null || askedAtMs === null || soldOut.isExempt(this.#of.sku, request.shopperId)) return null;
		if (!mayHandDown(askedAtMs, request.arrivedAtMs, request.maxAgeMs)) return null;
		request.ageMs = ageMs(askedAtMs, request.arrivedAtMs);
		return refusal;
	}

	async #ask(requests: readonly GateRequest[]): Promise<Answers | UnknownSku> {
		for (const request of requests) request.ageMs = 0;
		const untilMsOf = requests.map(({ untilMs }) => untilMs);
		const packed = { ...packRequests(requests), untilMsOf, calls: this.#traffic.takeCalls() };
		const answer = await callSku(this.env, this.#of.sku, (object) => object.reserveMany(packed));
		if ("kind" in answer && answer.kind === "unknown-sku") return answer;
		this.#traffic.hear("kind" in answer ? undefined : answer.hot, Date.now());
		return { results: unpackResults(answer) };
	}

	async availability(maxAgeMs: number = AVAILABILITY_TTL_MS): Promise<FromGate<AvailabilityResult> | NoAnswer> {
		const look = { arrivedAtMs: Date.now(), maxAgeMs };
		this.#traffic.count(look.arrivedAtMs);
		const looked = this.#known([look]) ?? (await orNoAnswer(this.#looks.call(look, look.arrivedAtMs, this.#keepAlive)));
		if (!("result" in looked)) return looked;
		const hot = this.#traffic.word(Date.now());
		return { ...looked.result, ageMs: ageMs(looked.askedAtMs, look.arrivedAtMs), hot };
	}

	override async fetch({ headers }: Request): Promise<Response> {
		this.#traffic.count(Date.now());
		const watching = await orNoAnswer(this.#feed.watch(watcherOf(headers)));
		this.#traffic.note(this.#feed.watchers);
		const word = this.#traffic.word(Date.now());
		return watchingResponse(watching.kind === "no-answer" ? { kind: "too-many" } : watching, word);
	}

	/** What is known, if it is young enough for all of these looks. */
	#known(looks: readonly Look[]): Looked | null {
		const looked = this.#looked;
		if (looked === null) return null;
		const { result, askedAtMs } = looked;
		const changesAtMs = result.kind === "unknown-sku" ? null : result.changesAtMs;
		if (Date.now() >= (changesAtMs ?? Number.POSITIVE_INFINITY)) return null;
		return looks.every((look) => mayHandDown(askedAtMs, look.arrivedAtMs, look.maxAgeMs)) ? looked : null;
	}

	async #lookTogether(looks: readonly Look[]): Promise<readonly Looked[]> {
		const looked = this.#known(looks) ?? (await this.#look());
		return looks.map(() => looked);
	}

	async #look(): Promise<Looked> {
		const askedAtMs = Date.now();
		const calls = this.#traffic.takeCalls();
		const result = await callSku(this.env, this.#of.sku, (object) => object.availability(calls));
		this.#traffic.hear(result.kind === "unknown-sku" ? undefined : result.hot, Date.now());
		this.#looked = { result, askedAtMs };
		return this.#looked;
	}
}

/** What the SKU's object could not serve has no answer here: an error would look as if the gate had failed. */
async function orNoAnswer<A>(answer: Promise<A>): Promise<A | NoAnswer> {
	try {
		return await answer;
	} catch (error) {
		if (error instanceof ObjectUnavailable) return { kind: "no-answer" };
		throw error;
	}
}
