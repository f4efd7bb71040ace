/**
 * One rush for one SKU: the crowd, the isolates, the ways between them and the object, put together and run in virtual
 * time until nobody wants anything any more.
 */
import type { Product } from "../../catalog/product.ts";
import { IsolateMemory } from "../../edge/isolate-memory.ts";
import type { Edge } from "../../edge/sku.ts";
import type { PackedRequests, SkuRpc } from "../../stock/rpc.ts";
import { mulberry32 } from "../random.ts";
import { catalogueOf } from "./catalogue.ts";
import { Connections } from "./connections.ts";
import type { Costs } from "./costs.ts";
import { GateFleet } from "./gate-fleet.ts";
import { Isolate, shopperOf } from "./isolate.ts";
import type { Kind } from "./kinds.ts";
import { type Asks, type Presses, RushLog } from "./log.ts";
import type { Place } from "./places.ts";
import type { Population } from "./population.ts";
import { Processor } from "./processor.ts";
import { RemoteObject, Way } from "./remote-object.ts";
import { type Door, Shoppers } from "./shoppers.ts";
import { SkuInMemory } from "./sku-in-memory.ts";
import { VirtualTime } from "./virtual-time.ts";

export interface RushOptions {
	readonly kind: Kind;
	readonly population: Population;
	readonly places: readonly Place[];
	readonly costs: Costs;
	/** On sale at the start. */
	readonly units: number;
	readonly restock: { readonly units: number; readonly atMs: number } | null;
	/** The last of the crowd comes then. */
	readonly untilMs: number;
	readonly seed: number;
	/** Instead of a crowd that arrives: connections that are never idle. */
	readonly connections?: { readonly count: number; readonly waitsEvery: number };
}

export interface Moment {
	readonly atMs: number;
	readonly available: number;
	readonly held: number;
	readonly waiting: number;
}

/** Everything that is known of a rush once it is over. */
export interface Rushed {
	readonly kind: Kind;
	readonly asks: Asks;
	readonly presses: Presses;
	readonly looks: number;
	readonly looksFailed: number;
	/** Of the SKU's object, second by second. */
	readonly load: {
		readonly calls: readonly number[];
		readonly turnedAway: readonly number[];
		readonly queueMs: readonly number[];
		/** Calls that stored something. */
		readonly stored: number;
	};
	readonly moments: readonly Moment[];
	/** Gates that came to be, the calls that came to all of them, and the most that came to one in a second. */
	readonly gates: { readonly count: number; readonly calls: number; readonly worstSecond: number };
	/** Whom the object has down as holders of a unit, and as waiting for one, at the end. */
	readonly holders: Int32Array;
	readonly waiters: Int32Array;
	/** The counters and the rows of the object agree. */
	readonly isBalanced: boolean;
	readonly endedMs: number;
}

/** When the sale begins, which was announced. */
const SALE_START_MS = Date.UTC(2026, 11, 12, 12);
const MOMENT_MS = 250;
/** After the last answer: what still moves in the object comes to rest. */
const REST_MS = 2_000;
/** Long after everybody's patience, and long before the first hold runs out. */
const LONGEST_MS = 120_000;
const EVERYBODY = 10_000_000;

export async function rush(options: RushOptions, onMoment: (atMs: number, presses: number) => void): Promise<Rushed> {
	const { population, units, restock, untilMs, seed, kind } = options;
	const time = new VirtualTime(SALE_START_MS, mulberry32(seed + 1));
	const sku = new SkuInMemory(time);
	const log = new RushLog(population.size);
	const moments: Moment[] = [];
	const ended: Pick<Rushed, "holders" | "waiters" | "isBalanced">[] = [];
	const networks: ReturnType<typeof network>[] = [];

	const finish = async () => {
		const report = await sku.object.stock(true);
		const idsOf = async (status: "held" | "waiting") => {
			const found = await sku.object.listReservations(status, "", EVERYBODY);
			const rows = found.kind === "reservations" ? found.reservations : [];
			return Int32Array.from(rows, (row) => shopperOf(row.shopperId));
		};
		const isBalanced = report.kind === "stock" && report.balanced;
		ended.push({ holders: await idsOf("held"), waiters: await idsOf("waiting"), isBalanced });
		time.stop();
	};
	const look = async () => {
		const seen = await sku.object.availability();
		if (seen.kind === "availability") {
			const { available, held, waiting } = seen.availability;
			moments.push({ atMs: time.nowMs, available, held, waiting });
		}
		onMoment(time.nowMs, log.presses.length);
		time.after(MOMENT_MS, () => void look());
	};
	const begin = async () => {
		const product = await sku.sell(units, { saleStartsAtMs: SALE_START_MS });
		const made = network(options, { time, sku, log, product });
		const { door } = made;
		networks.push(made);
		const onDone = () => time.after(REST_MS, () => void finish());
		const { connections } = options;
		if (connections !== undefined) {
			const { count, waitsEvery } = connections;
			new Connections(time, { door, log, shoppers: population.size, connections: count, waitsEvery, onDone });
		} else new Shoppers(time, { population, door, log, random: mulberry32(seed + 2), untilMs, onDone });
		void look();
	};
	time.at(0, () => void begin().catch((error: unknown) => time.fail(error)));
	if (restock !== null) time.at(restock.atMs, () => void sku.restock("middle", restock.units));
	time.at(untilMs + LONGEST_MS, () => void finish());
	await time.run();
	sku.close();
	const [[end], [made]] = [ended, networks];
	if (end === undefined || made === undefined) throw new Error("the rush ended before its end");
	const { looks, looksFailed } = log;
	const lines = { asks: log.asks.trimmed(), presses: log.presses.trimmed(), looks, looksFailed };
	const { load } = made.object;
	return { kind, ...lines, ...end, load, moments, gates: made.gates.figures, endedMs: time.nowMs };
}

interface World {
	readonly time: VirtualTime;
	readonly sku: SkuInMemory;
	readonly log: RushLog;
	readonly product: Product;
}

/** The isolates, made when somebody first comes, and the object behind them. */
function network({ kind, places, population, costs, seed }: RushOptions, { time, sku, log, product }: World) {
	const random = mulberry32(seed + 3);
	const processor = new Processor();
	const object = new RemoteObject(time, costs, processor, () => sku.writes);
	const isolates: Isolate[] = [];

	const way = (place: Place) => new Way(time, place.roundTripMs, costs.jitter, random);
	/** The SKU's object over this way. Where there are to be no gates, nobody hears that it is hot. */
	const skuOver = (way: Way) => {
		const deaf = <T extends object>(answer: T): T => (kind === "gates" ? answer : { ...answer, hot: undefined });
		return {
			reserveMany: (packed: PackedRequests) =>
				object.call(way, packed.shopperId.length, async () => {
					for (const id of packed.shopperId) log.decidedByObject(shopperOf(id));
					return deaf(await sku.object.reserveMany(packed));
				}),
			availability: (...of: Parameters<SkuRpc["availability"]>) =>
				object.call(way, 0, async () => deaf(await sku.object.availability(...of))),
		};
	};
	const gates = new GateFleet({ time, log }, costs, random, skuOver);
	// Nor does anybody know then when the sale begins: at that time isolates ask gates without being told.
	const known = kind === "gates" ? product : { ...product, policy: { ...product.policy, saleStartsAtMs: null } };
	const make = (place: Place): Isolate => {
		const stub = skuOver(way(place));
		const env = {
			SKU: { getByName: () => stub },
			GATE: gates.namespaceAt(place),
			LOCATION_HINT: "",
			DB: catalogueOf(known, way(place), time),
		};
		const memory = new IsolateMemory({ batching: kind !== "alone" });
		const { latitude, longitude } = place;
		const edge = {
			...{ env: env as unknown as Edge["env"], memory, keepAlive: () => {} },
			place: () => ({ latitude, longitude }),
		};
		return new Isolate(time, log, edge, costs.isShared ? processor : new Processor(), costs.doorMs);
	};
	const isolateOf = (shopper: number): Isolate => {
		const number = population.isolate[shopper] as number;
		isolates[number] ??= make(places[population.place[shopper] as number] as Place);
		return isolates[number];
	};
	/** The shopper's own way to the isolate, and back. */
	const through = <T>(shopper: number, answered: (answer: T) => void, work: (done: (answer: T) => void) => void) => {
		const oneWayMs = (population.accessMs[shopper] as number) / 2;
		time.after(oneWayMs, () => work((answer) => time.after(oneWayMs, () => answered(answer))));
	};
	const door: Door = {
		look: (shopper, answered) => through(shopper, answered, (done) => isolateOf(shopper).look(done)),
		reserve: (shopper, wait, answered) =>
			through(shopper, answered, (done) => isolateOf(shopper).reserve(shopper, wait, done)),
		refuse: (shopper, wait, answered) =>
			through(shopper, answered, (done) => isolateOf(shopper).refuse(shopper, wait, done)),
	};
	return { door, object, gates };
}
