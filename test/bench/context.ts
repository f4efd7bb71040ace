/** Starts what parts ask for, each thing once, and stops it when its set has been measured. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "./build.ts";
import type { Cores } from "./cpu-pinning.ts";
import { Load } from "./load.ts";
import type { World } from "./measurement.ts";
import { type Served, serve } from "./workerd.ts";

export interface OwnedWorld extends World {
	/** Stops everything, and leaves no file behind. */
	end(): Promise<void>;
}

export function newWorld(cores: Cores, measureMs: number): OwnedWorld {
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
	const bundle = (lanes: boolean) => once(`bundle ${lanes}`, () => build(join(dir, `bundle-${lanes}`), lanes));
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
		holdfast: (lanes, forWhat = "all") =>
			once(`holdfast ${lanes} ${forWhat}`, async (): Promise<Served> => {
				const stateDir = join(dir, `${lanes ? "lanes" : "no-lanes"}-${forWhat}`);
				const served = await serve({ bundle: await bundle(lanes), stateDir, core: cores.server });
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
