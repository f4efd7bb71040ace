/**
 * The gates that follow a SKU. Each has one socket, whatever number of watchers is at it: over it the gate is told what
 * has changed, and says how many watch there.
 *
 * A gate that opens a socket anew loses its old one. The platform keeps the sockets while the object hibernates; what
 * watches at a gate is not known then, until the gate says it again.
 */
import { GATE_NEWS_IDS, GATE_SOCKETS } from "../limits.ts";
import type { GateNews } from "./rpc.ts";
import type { HotWord } from "./rules/gates.ts";

/** The attachment of a gate's socket. */
export interface GateAttachment {
	readonly gate: string;
}

const REPLACED = 1000;

export class GateLines {
	readonly #gates = new Map<WebSocket, { readonly name: string; watchers: number }>();
	#changed: Set<string> | "all" = new Set();

	get size(): number {
		return this.#gates.size;
	}

	/** All who watch at gates, as far as those have said it. */
	get watchers(): number {
		return [...this.#gates.values()].reduce((sum, { watchers }) => sum + watchers, 0);
	}

	/** @param isNew false for a socket that outlived the object's memory: its gate may have missed something */
	add(socket: WebSocket, { gate }: GateAttachment, isNew: boolean): void {
		for (const [other, { name }] of this.#gates) {
			if (name !== gate) continue;
			this.#gates.delete(other);
			other.close(REPLACED, "the gate has another socket");
		}
		this.#gates.set(socket, { name: gate, watchers: 0 });
		if (!isNew) this.#changed = "all";
	}

	has(socket: WebSocket): boolean {
		return this.#gates.has(socket);
	}

	/** A gate says how many watch there, and is told whether the SKU is hot: by that it knows that it is heard. */
	spoke(socket: WebSocket, message: string | ArrayBuffer, word: () => HotWord | undefined): void {
		const gate = this.#gates.get(socket);
		if (gate === undefined) return;
		const watchers = Number(message);
		gate.watchers = Number.isFinite(watchers) ? Math.max(0, Math.min(watchers, GATE_SOCKETS)) : 0;
		this.#send(socket, JSON.stringify({ hot: word() }));
	}

	closed(socket: WebSocket): boolean {
		return this.#gates.delete(socket);
	}

	/** These reservations changed: gates are told with the next news. */
	note(of: readonly string[] | "all"): void {
		if (this.#gates.size === 0) return;
		if (of === "all" || this.#changed === "all") this.#changed = "all";
		else for (const id of of) this.#changed.add(id);
		if (this.#changed !== "all" && this.#changed.size > GATE_NEWS_IDS) this.#changed = "all";
	}

	tell(news: Omit<GateNews, "changed">): void {
		if (this.#gates.size === 0) return;
		const changed = this.#changed === "all" ? "all" : [...this.#changed];
		this.#changed = new Set();
		const message = JSON.stringify({ ...news, changed } satisfies GateNews);
		for (const socket of this.#gates.keys()) this.#send(socket, message);
	}

	/** Everything, to a gate that has just come. */
	greet(socket: WebSocket, news: Omit<GateNews, "changed">): void {
		this.#send(socket, JSON.stringify({ ...news, changed: "all" } satisfies GateNews));
	}

	#send(socket: WebSocket, message: string): void {
		try {
			socket.send(message);
		} catch {
			// The socket was closed in this very moment, and the platform is about to report it.
		}
	}
}
