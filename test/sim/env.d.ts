declare namespace Cloudflare {
	interface Env {
		/** Which towns to visit, as `first count`; the short list when empty. Set by `run.ts` through `vitest.config.ts`. */
		SIM_SEEDS: string;
	}
}
