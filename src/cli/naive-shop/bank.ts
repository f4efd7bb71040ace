/**
 * The naive shop's payment provider: it takes its time, as card payments do, and keeps books of its own. One payment is
 * charged once, however often it is asked for.
 */
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

export interface Charge {
	/** The order's id. */
	readonly id: string;
	readonly amount: number;
	readonly currency: string;
	readonly approves: boolean;
	/** How long the payment takes, where the shopper's form says so. */
	readonly takesMs?: number;
}

/** What the bank has of one payment. */
export interface BankRecord extends Charge {
	readonly captured: number;
	refunded: number;
}

export interface BankServer {
	readonly url: string;
	readonly books: ReadonlyMap<string, BankRecord>;
	close(): Promise<void>;
}

const SHORTEST_MS = 300;
const LONGEST_MS = 900;

/** Some payments take longer than others. */
const takeYourTime = async ({ takesMs }: Charge): Promise<void> => {
	await sleep(takesMs ?? SHORTEST_MS + Math.random() * (LONGEST_MS - SHORTEST_MS));
};

/** @param whileCharging awaited before each charge; tests stop a payment here */
export async function openBank(whileCharging: (charge: Charge) => Promise<void> = takeYourTime): Promise<BankServer> {
	const books = new Map<string, BankRecord>();
	const charge = async (asked: Charge): Promise<boolean> => {
		await whileCharging(asked);
		if (asked.approves && !books.has(asked.id)) books.set(asked.id, { ...asked, captured: asked.amount, refunded: 0 });
		return asked.approves;
	};
	const refund = ({ id }: Charge): boolean => {
		const record = books.get(id);
		if (record !== undefined) record.refunded = record.captured;
		return record !== undefined;
	};
	const server = createServer(async (request, response) => {
		const asked = await bodyOf(request);
		const ok = request.url === "/charges" ? await charge(asked) : refund(asked);
		response.setHeader("content-type", "application/json").end(JSON.stringify({ ok }));
	});
	// The shop keeps its connections, and one that the bank closes while a charge is on its way is a charge that fails.
	server.keepAliveTimeout = 0;
	await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
	return {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
		books,
		close: () => {
			server.closeAllConnections();
			return new Promise((done) => server.close(() => done()));
		},
	};
}

async function bodyOf(request: IncomingMessage): Promise<Charge> {
	let text = "";
	for await (const chunk of request) text += chunk;
	return JSON.parse(text) as Charge;
}
