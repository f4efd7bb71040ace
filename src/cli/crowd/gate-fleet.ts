/** The gates of a SKU: real ones, made when somebody first asks for them, where the platform would put them. */
import { GateObject } from "../../edge/gates/gate.ts";
import type { GateRequests, GateRpc } from "../../edge/gates/rpc.ts";
import { HOME } from "./cities.ts";
import type { Costs } from "./costs.ts";
import { shopperOf } from "./isolate.ts";
import type { RushLog } from "./log.ts";
import { type Place, roundTripMs } from "./places.ts";
import { Processor } from "./processor.ts";
import { RemoteObject, Way } from "./remote-object.ts";
import type { VirtualTime } from "./virtual-time.ts";

/**
 * Where an object with a location hint comes to be. Three of the regions have no objects as yet, and theirs are in the
 * nearest that has (https://developers.cloudflare.com/durable-objects/reference/data-location/).
 */
const WEUR = { latitude: 50.1, longitude: 8.7 };
const ENAM = { latitude: 39.0, longitude: -77.5 };
const SITES: Readonly<Record<string, { readonly latitude: number; readonly longitude: number }>> = {
	...{ weur: WEUR, enam: ENAM, sam: ENAM, afr: WEUR, me: WEUR },
	wnam: { latitude: 37.3, longitude: -121.9 },
	eeur: { latitude: 52.2, longitude: 21.0 },
	apac: { latitude: 1.4, longitude: 103.8 },
	oc: { latitude: -33.9, longitude: 151.2 },
};

interface Gate {
	readonly number: number;
	readonly object: GateObject;
	readonly remote: RemoteObject;
	readonly site: { readonly latitude: number; readonly longitude: number };
}

export class GateFleet {
	readonly #time: VirtualTime;
	readonly #costs: Costs;
	readonly #random: () => number;
	readonly #log: RushLog;
	/** The SKU's object, as somebody calls it who has this way to it. */
	readonly #skuOver: (way: Way) => object;
	readonly #gates = new Map<string, Gate>();

	constructor(
		world: { readonly time: VirtualTime; readonly log: RushLog },
		costs: Costs,
		random: () => number,
		skuOver: (way: Way) => object,
	) {
		this.#time = world.time;
		this.#log = world.log;
		// A gate stores nothing.
		this.#costs = { ...costs, decideMs: costs.passMs, commitMs: 0 };
		this.#random = random;
		this.#skuOver = skuOver;
	}

	get figures() {
		const loads = [...this.#gates.values()].map(({ remote }) => remote.load.calls);
		const calls = loads.flat().reduce((sum, count) => sum + count, 0);
		return { count: loads.length, calls, worstSecond: loads.flat().reduce((most, count) => Math.max(most, count), 0) };
	}

	/** The namespace of gates, as an isolate of this place has it. */
	namespaceAt(place: Place): object {
		const ways = new Map<string, Way>();
		return {
			getByName: (name: string, { locationHint }: { locationHint?: string } = {}) => {
				const gate = this.#gate(name, SITES[locationHint ?? ""] ?? place);
				let way = ways.get(name);
				if (way === undefined) {
					way = this.#way(roundTripMs(place, gate.site));
					ways.set(name, way);
				}
				return this.#stub(gate, way);
			},
		};
	}

	#stub({ remote, object, number }: Gate, way: Way): object {
		return {
			reserveMany: (packed: GateRequests) =>
				remote.call(way, packed.shopperId.length, () => {
					for (const id of packed.shopperId) this.#log.queuedAtGate(shopperOf(id), number);
					return object.reserveMany(packed);
				}),
			availability: (...of: Parameters<GateRpc["availability"]>) =>
				remote.call(way, 0, () => object.availability(...of)),
		};
	}

	#gate(name: string, site: Gate["site"]): Gate {
		const known = this.#gates.get(name);
		if (known !== undefined) return known;
		const sku = this.#skuOver(this.#way(roundTripMs(site, HOME)));
		const ctx = { id: { name }, waitUntil: () => {} };
		const env = { SKU: { getByName: () => sku }, LOCATION_HINT: "" };
		const object = new GateObject(ctx as unknown as DurableObjectState, env as unknown as Env);
		const remote = new RemoteObject(this.#time, this.#costs, new Processor(), () => 0);
		const gate = { number: this.#gates.size + 1, object, remote, site };
		this.#gates.set(name, gate);
		return gate;
	}

	#way(roundTrip: number): Way {
		return new Way(this.#time, roundTrip, this.#costs.jitter, this.#random);
	}
}
