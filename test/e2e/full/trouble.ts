/** What goes wrong with a sale whose merchant listens by webhooks: the receiver is down for a while, and the shop gets SIGKILL. */
import type { TestServer } from "../../support/server.ts";
import type { ReceivingServer } from "./receiving-server.ts";

/** After so many payments. */
const RECEIVER_STOPS = 5;
const POWER_IS_CUT = 12;

export class Trouble {
	/** What is under way: settled when the shop can be asked. */
	on: Promise<unknown> = Promise.resolve();
	kills = 0;
	#paid = 0;
	readonly #server: TestServer;
	readonly #receiver: ReceivingServer;
	readonly #receiverStarts: number;

	/** @param receiverStarts after how many payments the receiver is there again */
	constructor(server: TestServer, receiver: ReceivingServer, receiverStarts: number) {
		this.#server = server;
		this.#receiver = receiver;
		this.#receiverStarts = receiverStarts;
	}

	paid(): void {
		this.#paid += 1;
		if (this.#paid === RECEIVER_STOPS) void this.#receiver.stop();
		if (this.#paid === POWER_IS_CUT) this.on = this.#cutPower();
		if (this.#paid === this.#receiverStarts) void this.#receiver.start();
	}

	async #cutPower(): Promise<void> {
		this.kills += 1;
		await this.#server.kill();
		await this.#server.restart();
	}
}
