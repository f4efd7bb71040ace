/**
 * The buyers' bank, with books of its own. As with cards on the web: the shop opens a payment, the buyer's browser
 * confirms it here, which sets the money aside, and the shop then asks what became of it, or calls it off. Whose money
 * is set aside at the end, and for what, is read here and nowhere else.
 */
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

export interface Payment {
	/** In the minor unit. */
	readonly amount: number;
	status: "open" | "authorized" | "cancelled";
	/** Whether the money was ever set aside. */
	wasAuthorized: boolean;
}

/** A bank takes this long to say yes. */
const CONFIRM_MS = 300;
const PATH = /^\/payments(?:\/(\d+)(\/cancel)?)?$/;

export class Bank {
	readonly #payments = new Map<string, Payment>();
	readonly #server: Server = createServer((request, response) => {
		const [matched, id, cancel] = PATH.exec(request.url ?? "") ?? [];
		request.setEncoding("utf8");
		void request.toArray().then((chunks) => {
			const payment = id === undefined ? undefined : this.#payments.get(id);
			if (matched === undefined || (id !== undefined && payment === undefined)) response.writeHead(404);
			else if (id === undefined) response.write(JSON.stringify({ id: this.#open(JSON.parse(chunks.join("")).amount) }));
			else {
				if (cancel !== undefined && payment !== undefined) payment.status = "cancelled";
				response.write(JSON.stringify(payment));
			}
			response.end();
		});
	});

	async start(): Promise<void> {
		this.#server.listen(0, "127.0.0.1");
		await once(this.#server, "listening");
	}

	get origin(): string {
		return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
	}

	/** The buyer's browser: sets the money aside, unless the shop has called the payment off. */
	async confirm(id: string): Promise<Payment> {
		await sleep(CONFIRM_MS);
		const payment = this.read(id);
		if (payment.status === "open") Object.assign(payment, { status: "authorized", wasAuthorized: true });
		return payment;
	}

	read(id: string): Payment {
		const payment = this.#payments.get(id);
		if (payment === undefined) throw new Error(`the bank knows no payment ${id}`);
		return payment;
	}

	/** All money that is set aside now. */
	setAside(): number {
		const payments = [...this.#payments.values()].filter(({ status }) => status === "authorized");
		return payments.reduce((sum, { amount }) => sum + amount, 0);
	}

	async close(): Promise<void> {
		this.#server.closeAllConnections();
		this.#server.close();
		await once(this.#server, "close");
	}

	#open(amount: number): string {
		const id = String(this.#payments.size + 1);
		this.#payments.set(id, { amount, status: "open", wasAuthorized: false });
		return id;
	}
}
