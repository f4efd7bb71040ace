declare namespace Cloudflare {
	interface Env {
		/**
		 * Which seeds to run, as `first count`; the short list when empty. Set by `run.ts` through `vitest.config.ts`.
		 */
		SIM_SEEDS: string;
	}
}
