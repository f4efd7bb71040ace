/** The merchant's side of a server under test, and the bench's own routes in it (`worker/drive.ts`). */
import { type Admin, createAdmin, type ProductDefinition, unwrap } from "../../src/client/index.ts";
import type { Served } from "./workerd.ts";

let lastNumber = 0;

/** A name that was not used before in this run. */
export function freshName(what: string): string {
	lastNumber += 1;
	return `${what}-${lastNumber}`;
}

export interface Fill {
	readonly sku: string;
	readonly reservations: number;
	readonly perCall: number;
	readonly callsAtOnce: number;
	readonly wait?: boolean;
	/** Shoppers' ids are in no order, as a merchant's own may be. */
	readonly anyIds?: boolean;
}

/** What `Shop.ask` asks of an object. */
type Question = "availability" | "stock" | "reservation" | "buyers" | "suspects";

export class Shop {
	readonly admin: Admin;
	readonly #origin: string;

	constructor(served: Pick<Served, "port" | "adminToken">) {
		this.#origin = `http://127.0.0.1:${served.port}`;
		this.admin = createAdmin({ origin: this.#origin, token: served.adminToken, patienceMs: 0 });
	}

	/** Puts a product with so many units on sale. */
	async sell(sku: string, units: number, policy: ProductDefinition["policy"] = {}): Promise<void> {
		unwrap(await this.admin.defineProduct({ sku, title: sku, price: { amount: 1999, currency: "USD" }, policy }));
		if (units > 0) unwrap(await this.admin.restock({ sku, quantity: units }));
	}

	/** @throws Error unless every reservation has the result `expected` */
	async fill(fill: Fill, expected = "held"): Promise<void> {
		await (await this.readyToFill(fill, expected))();
	}

	/** Prepares the requests. @returns a function that sends them, the only part to be timed */
	async readyToFill(fill: Fill, expected = "held"): Promise<() => Promise<void>> {
		const whole = { wait: false, anyIds: false, ...fill };
		await this.bench("prepare", {}, whole);
		return async () => {
			const answers = await this.bench<Record<string, number>>("fill", {}, whole);
			if (answers[expected] !== fill.reservations) {
				throw new Error(`${fill.sku}: ${fill.reservations} should be ${expected}, and are ${JSON.stringify(answers)}`);
			}
		};
	}

	/** Asks the SKU's object this so many times, one call after the other. */
	async ask(what: Question, sku: string, times: number): Promise<void> {
		await this.bench("ask", { what, sku, times: String(times) });
	}

	async bench<T>(what: string, query: Record<string, string>, body?: unknown): Promise<T> {
		const url = `${this.#origin}/bench/${what}?${new URLSearchParams(query)}`;
		return bodyOf<T>(await fetch(url, body === undefined ? {} : { method: "POST", body: JSON.stringify(body) }));
	}
}

async function bodyOf<T>(response: Response): Promise<T> {
	if (!response.ok) throw new Error(`${response.url} was answered ${response.status}: ${await response.text()}`);
	return (await response.json()) as T;
}
