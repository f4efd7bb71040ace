/** A shop of a few lines, in memory: quick to drive, and honest unless it is told not to be. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Answer } from "../../../src/cli/race/history.ts";
import type { Target, TargetOptions } from "../../../src/cli/race/target.ts";

export type Flaw =
	/** Looks at the stock, thinks, and then writes. */
	| "thinks-in-between"
	/** Each request but the merchant's fails on its way. */
	| "unreachable";

interface Product {
	available: number;
	sold: number;
	readonly holds: Map<Session, { readonly units: number; readonly untilMs: number }>;
	readonly soldTo: Map<Session, number>;
}
interface Session {
	readonly buyer: string;
}
const CLOCK_MS = 20;
const LONGEST_TRIP_MS = 4;

export async function openMemoryShop(flaw: Flaw | null, { holdMs }: Pick<TargetOptions, "holdMs">): Promise<Target> {
	const products = new Map<string, Product>();
	const trip = () => sleep(Math.random() * LONGEST_TRIP_MS);
	const productOf = async (sku: string): Promise<Product> => {
		await trip();
		if (flaw === "unreachable" && products.has(sku)) throw new TypeError("fetch failed");
		const product = products.get(sku) ?? { available: 0, sold: 0, holds: new Map(), soldTo: new Map() };
		products.set(sku, product);
		for (const [session, { units, untilMs }] of product.holds) {
			if (untilMs > Date.now()) continue;
			product.holds.delete(session);
			product.available += units;
		}
		return product;
	};
	const reserve = async (session: Session, sku: string, units: number): Promise<Answer> => {
		const product = await productOf(sku);
		const mine = product.holds.get(session);
		if (mine !== undefined) return { kind: "held", ...mine };
		if (product.soldTo.has(session)) return { kind: "none" };
		if (product.available < units) return { kind: "refused" };
		if (flaw === "thinks-in-between") await sleep(5);
		const hold = { units, untilMs: Date.now() + holdMs };
		product.available -= units;
		product.holds.set(session, hold);
		return { kind: "held", ...hold };
	};
	const delivered = new Set<string>();
	const restock = async (sku: string, units: number, key: string): Promise<Answer> => {
		const product = await productOf(sku);
		if (delivered.has(key)) return { kind: "restocked" };
		delivered.add(key);
		product.available += units;
		return { kind: "restocked" };
	};
	const stateOf = ({ holds, soldTo }: Product, session: Session): Answer => {
		const units = soldTo.get(session);
		if (units !== undefined) return { kind: "sold", units };
		return { kind: holds.has(session) ? "pending" : "none" };
	};
	return {
		name: `a shop in memory${flaw === null ? "" : ` that ${flaw}`}`,
		promises: { staleMs: 0, clockMs: CLOCK_MS, graceMs: 0 },
		putStock: async (sku, units) => void (await restock(sku, units, sku)),
		restock: (sku, units, { key }) => restock(sku, units, key),
		openSession: async (buyer): Promise<Session> => ({ buyer }),
		reserve: (session, sku, units) => reserve(session as Session, sku, units),
		async release(session, sku) {
			const product = await productOf(sku);
			const mine = product.holds.get(session as Session);
			if (mine === undefined) return { kind: "none" };
			product.holds.delete(session as Session);
			product.available += mine.units;
			return { kind: "released" };
		},
		async checkOut(session, sku, units) {
			const answer = await reserve(session as Session, sku, units);
			return { answer, order: answer.kind === "held" ? sku : null };
		},
		async pay(session, order, approves) {
			const product = await productOf(order as string);
			const mine = product.holds.get(session as Session);
			if (mine === undefined) return stateOf(product, session as Session);
			if (!approves) return { kind: "declined" };
			product.holds.delete(session as Session);
			product.soldTo.set(session as Session, mine.units);
			product.sold += mine.units;
			return { kind: "sold", units: mine.units };
		},
		readOrder: async (session, order) => stateOf(await productOf(order as string), session as Session),
		async readStock(sku) {
			const { available, sold } = await productOf(sku);
			return { kind: "stock", available, sold };
		},
		close: async () => {},
	};
}
