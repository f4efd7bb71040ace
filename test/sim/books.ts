/**
 * Everything that is written down when a simulation has settled, by whom, and what its people know that is written
 * nowhere. `audit.ts` compares them.
 *
 * The objects are read from storage and not asked: a call to an object would let it do what it had forgotten.
 */
import { env } from "cloudflare:workers";
import type { Product } from "../../src/catalog/product.ts";
import { findProduct } from "../../src/catalog/product-store.ts";
import type { Checkout } from "../../src/checkout/rules/model.ts";
import type { Overdue } from "../../src/checkout/status.ts";
import { orderIdOf } from "../../src/ids.ts";
import { FanOut } from "../../src/operations/fan-out.ts";
import { findOverdue } from "../../src/operations/overdue.ts";
import { reconcileSkus, type SkuReconciliation } from "../../src/operations/reconcile.ts";
import type { Order } from "../../src/orders/order.ts";
import { findOrder } from "../../src/orders/order-store.ts";
import type { PreorderRecord } from "../../src/orders/preorder.ts";
import { listPreorders } from "../../src/orders/preorder-store.ts";
import { listUnsettled } from "../../src/orders/unsettled-store.ts";
import type { Payment } from "../../src/payments/provider.ts";
import type { SandboxObject, SandboxReport } from "../../src/payments/sandbox/sandbox.ts";
import type { Actors } from "./actors.ts";
import type { CallLog } from "./call-log.ts";
import { stubOf } from "./nemesis.ts";
import type { Simulation } from "./simulation.ts";
import { rowsOf, type SkuRows, stateOf } from "./stored.ts";

/** More rows than any simulation has. */
const MANY = 1_000;

export interface Books {
	/** Of each SKU's object. */
	readonly skus: Map<string, SkuRows>;
	/** Of each checkout's object; null for one that has stored nothing. */
	readonly checkouts: Map<string, Checkout | null>;
	/** Of the provider. */
	readonly payments: Payment[];
	/** Of D1: by checkout, by SKU, by SKU, and why a checkout is unsettled. */
	readonly orders: Map<string, Order | null>;
	readonly preorders: Map<string, PreorderRecord[]>;
	readonly products: Map<string, Product | null>;
	readonly unsettled: Map<string, string>;
	/** What Holdfast's own controls find. */
	readonly reconciliation: SkuReconciliation[];
	readonly overdue: Overdue[];
	readonly notAnswering: string[];
}

/** What the people of a simulation know. */
export interface Facts {
	readonly nowMs: number;
	/** Nothing failed: only people did unexpected things. */
	readonly isCalm: boolean;
	/** Whether the alarm of this checkout rings no more. */
	readonly isMute: (checkoutId: string) => boolean;
	readonly shoppers: readonly string[];
	/** The highest limit per shopper that each SKU ever had; null when it once had none. */
	readonly limits: Map<string, number | null>;
	/** Units of each checkout and SKU whose refund was requested. */
	readonly refundsRequested: Map<string, number>;
	/** Payments that were made before the window ended. */
	readonly paidInTime: Set<string>;
	readonly callLog: CallLog;
	/** Checkouts whose shopper was forgotten. */
	readonly erased: ReadonlySet<string>;
	/** What shoppers got by mail. */
	readonly mails: readonly { readonly to: string; readonly sku: string }[];
}

export async function readBooks(sim: Simulation): Promise<Books> {
	const skus = new Map<string, SkuRows>();
	for (const sku of sim.skus) skus.set(sku, await rowsOf(sku));
	const checkouts = new Map<string, Checkout | null>();
	for (const id of sim.requests.keys()) checkouts.set(id, await stateOf(id));
	const payments = await readPayments(sim);
	const orders = new Map<string, Order | null>();
	for (const id of checkouts.keys()) orders.set(id, await findOrder(env.DB, orderIdOf(id)));
	const preorders = new Map<string, PreorderRecord[]>();
	const products = new Map<string, Product | null>();
	for (const sku of sim.skus) {
		preorders.set(sku, await listPreorders(env.DB, { sku, status: null, afterId: "", limit: MANY }));
		products.set(sku, await findProduct(env.DB, sku));
	}
	const listed = await listUnsettled(env.DB, null, MANY);
	// These ask the objects, so they come last.
	const fanOut = new FanOut();
	const reconciliation = await reconcileSkus(env, fanOut, sim.skus);
	const { overdue } = await findOverdue(env, fanOut, sim.skus, Date.now());
	return {
		...{ skus, checkouts, payments, orders, preorders, products, reconciliation },
		unsettled: new Map(listed.map(({ checkoutId, reason }) => [checkoutId, reason])),
		overdue: [...overdue],
		notAnswering: fanOut.notAnswering,
	};
}

export function factsOf(sim: Simulation, actors: Actors): Facts {
	const { isCalm, shoppers, limits, callLog } = sim;
	const { refundsRequested, paidInTime, erased } = actors;
	const isMute = (id: string) => sim.isMute(`CHECKOUT ${id}`);
	const { mails } = sim.queue;
	return { nowMs: Date.now(), isCalm, isMute, shoppers, limits, callLog, refundsRequested, paidInTime, erased, mails };
}

async function readPayments(sim: Simulation): Promise<Payment[]> {
	const provider = stubOf(sim.providerKey) as DurableObjectStub<SandboxObject>;
	const all: Payment[] = [];
	for (let cursor: string | null = "0"; cursor !== null; ) {
		const report: SandboxReport = (await provider.books(cursor, 500)) as unknown as SandboxReport;
		all.push(...report.payments);
		cursor = report.nextCursor;
	}
	return all;
}
