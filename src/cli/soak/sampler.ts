/** Looks at a running server from outside: its process, its files, and what it says of itself. Linux only. */
import { createAdmin, unwrap } from "../../client/index.ts";
import type { OwnServer } from "../fresh-server.ts";
import { ServerError } from "../local-server.ts";
import { descendants, openHandles, residentBytes } from "../process-stats.ts";
import { readAlarms } from "./alarm-store.ts";
import { Heap } from "./heap.ts";
import { readMetrics, type Sample, type ShopMetrics } from "./sample.ts";
import { isObjectFile, readStateFiles } from "./state-files.ts";

const GONE =
	"The shop's process ended in the middle of the soak. (Was a file of src/ changed? The server begins anew with each.)";

const NO_PROC = "The server's process cannot be looked at: that takes Linux and its /proc.";

export class Sampler {
	readonly #server: OwnServer;
	/** The process that runs the shop: wrangler has another one before it, which only passes requests on. */
	readonly #pid: number;
	readonly #heap: Heap;

	private constructor(server: OwnServer, pid: number, heap: Heap) {
		this.#server = server;
		this.#pid = pid;
		this.#heap = heap;
	}

	/** @throws ServerError where the process cannot be looked at */
	static async open(server: OwnServer): Promise<Sampler> {
		const pid = descendants(server.pid, /workerd.* serve/).find((each) =>
			openHandles(each).some((path) => path.startsWith(server.stateDir)),
		);
		if (pid === undefined) throw new ServerError(NO_PROC);
		return new Sampler(server, pid, await Heap.open(server.inspectorPort));
	}

	close(): void {
		this.#heap.close();
	}

	/** @throws ServerError when the process is gone, and what was measured is of another one */
	async take(atMs: number, shoppers: number, told?: ShopMetrics): Promise<Sample> {
		const { stateDir } = this.#server;
		const heapBytes = await this.#heap.usedBytes();
		const memoryBytes = residentBytes(this.#pid);
		if (Number.isNaN(memoryBytes)) throw new ServerError(GONE);
		const handles = openHandles(this.#pid);
		const sockets = handles.filter((path) => path.startsWith("socket:")).length;
		const objectFiles = handles.filter((path) => path.startsWith(stateDir) && isObjectFile(path)).length;
		return {
			...{ atMs, shoppers, sockets, objectFiles, otherHandles: handles.length - sockets - objectFiles },
			...{ memoryBytes, heapBytes },
			...readStateFiles(stateDir),
			...readAlarms(stateDir, Date.now()),
			told: told ?? (await this.metrics()),
		};
	}

	/** They are text, which the typed client leaves to its `fetch`; what it gives is that a lost answer is asked for again. */
	async metrics(): Promise<ShopMetrics> {
		const { url, adminToken } = this.#server;
		let text = "";
		const listen: typeof fetch = async (...request) => {
			const answer = await fetch(...request);
			text = await answer.clone().text();
			return answer;
		};
		unwrap(await createAdmin({ origin: url, token: adminToken, fetch: listen }).getMetrics());
		return readMetrics(text);
	}
}
