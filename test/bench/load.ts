/** The load generator: a process of its own, which is started once and runs one order after the other. */
import { join } from "node:path";
import { BENCH_DIR } from "./build.ts";
import { Child } from "./child.ts";
import { pinned } from "./cpu-pinning.ts";
import type { LoadOrder, LoadReply, LoadResult } from "./load/messages.ts";

export class Load {
	readonly #child: Child;

	constructor(core: number | null) {
		const generator = join(BENCH_DIR, "load/generator.ts");
		this.#child = new Child("the load generator", pinned(core, [process.execPath, "--no-warnings", generator]), {
			stdio: ["ignore", "pipe", "pipe", "ipc"],
		});
		this.#child.ended.catch(() => {});
	}

	/** @throws Error when the server under load breaks a connection */
	async run(order: LoadOrder): Promise<LoadResult> {
		const replied = new Promise<LoadReply>((done) =>
			this.#child.process.once("message", (reply) => done(reply as LoadReply)),
		);
		this.#child.process.send(order);
		const reply = await Promise.race([replied, this.#child.failed()]);
		if (!reply.ok) throw new Error(`under load: ${reply.error}`);
		return reply.result;
	}

	stop(): Promise<void> {
		return this.#child.stop();
	}
}
