/** Starts what suites need, each thing once, and stops it when their group has been measured. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "./build.ts";
import type { Cores } from "./cpu-pinning.ts";
import { Load } from "./load.ts";
import type { BenchContext } from "./measurement.ts";
import { type Served, serve } from "./workerd.ts";

export interface OwnedContext extends BenchContext {
	/** Stops everything and removes all files. */
	end(): Promise<void>;
}

export function createContext(cores: Cores, measureMs: number): OwnedContext {
	const dir = mkdtempSync(join(tmpdir(), "holdfast-bench-"));
	const remove = () => rmSync(dir, { recursive: true, force: true, maxRetries: 3 });
	process.once("exit", remove); // also when we are interrupted
	const stops: (() => Promise<void>)[] = [];
	const made = new Map<string, Promise<unknown>>();
	const once = <T>(name: string, make: () => Promise<T>): Promise<T> => {
		const known = made.get(name) ?? make();
		made.set(name, known);
		return known as Promise<T>;
	};
	const bundle = (batching: boolean) =>
		once(`bundle ${batching}`, () => build(join(dir, `bundle-${batching}`), batching));
	const atEnd = (stop: () => Promise<void>) => void stops.push(stop);
	return {
		cores,
		measureMs,
		dir,
		atEnd,
		bundle,
		load: () =>
			once("load", async () => {
				const load = new Load(cores.load);
				atEnd(() => load.stop());
				return load;
			}),
		holdfast: (batching, forWhat = "all") =>
			once(`holdfast ${batching} ${forWhat}`, async (): Promise<Served> => {
				const stateDir = join(dir, `${batching ? "batching" : "no-batching"}-${forWhat}`);
				const served = await serve({ bundle: await bundle(batching), stateDir, core: cores.server });
				atEnd(() => served.stop());
				return served;
			}),
		async end() {
			for (const stop of stops.reverse()) await stop();
			process.off("exit", remove);
			remove();
		},
	};
}
