declare namespace Cloudflare {
	interface Env {
		/** Read from `migrations/` by `vitest.config.ts`. */
		TEST_MIGRATIONS: import("cloudflare:test").D1Migration[];
		/** Set by `vitest.config.ts`. Tests sign webhooks with it, as the sandbox does. */
		SANDBOX_WEBHOOK_SECRET: string;
	}
}
