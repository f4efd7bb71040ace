/**
 * The memory of the Worker and its objects, by the runtime's inspector: what its JavaScript holds, apart from what the
 * process around it has resident.
 */
import { ServerError } from "../local-server.ts";

/** It answers when the Worker pauses, which takes milliseconds. One that does not for so long is gone. */
const PATIENCE_MS = 30_000;

const SILENT = "The runtime's inspector does not answer.";

export class Heap {
	readonly #socket: WebSocket;
	readonly #waiting = new Map<number, (result: unknown) => void>();
	#calls = 0;

	private constructor(socket: WebSocket) {
		this.#socket = socket;
		socket.addEventListener("message", ({ data }) => {
			const { id, result } = JSON.parse(String(data)) as { id?: number; result?: unknown };
			if (id !== undefined) this.#waiting.get(id)?.(result);
		});
	}

	/** @throws ServerError where no inspector answers */
	static async open(port: number): Promise<Heap> {
		const answer = await fetch(`http://127.0.0.1:${port}/json`);
		const [target] = (await answer.json()) as { webSocketDebuggerUrl: string }[];
		// Wrangler lets in who names an origin on this machine.
		const socket = new WebSocket(target?.webSocketDebuggerUrl ?? "", { headers: { origin: "http://localhost" } });
		await new Promise<void>((resolve, reject) => {
			socket.addEventListener("open", () => resolve(), { once: true });
			socket.addEventListener("error", () => reject(new ServerError(SILENT)), { once: true });
		});
		return new Heap(socket);
	}

	/** @returns bytes in use, of rubbish that is not collected yet too */
	async usedBytes(): Promise<number> {
		const { usedSize } = (await this.#ask("Runtime.getHeapUsage")) as { usedSize: number };
		return usedSize;
	}

	close(): void {
		this.#socket.close();
	}

	#ask(method: string): Promise<unknown> {
		this.#calls += 1;
		const id = this.#calls;
		return new Promise((resolve, reject) => {
			const timer = setTimeout(() => reject(new ServerError(SILENT)), PATIENCE_MS);
			this.#waiting.set(id, (result) => {
				clearTimeout(timer);
				this.#waiting.delete(id);
				resolve(result);
			});
			this.#socket.send(JSON.stringify({ id, method }));
		});
	}
}
