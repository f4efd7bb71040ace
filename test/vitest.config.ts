/**
 * Three temperatures of tests, one command. `pure` runs in Node and touches nothing; `workerd` runs beside the real
 * objects, D1 and queue in the runtime that serves production; `e2e` starts the server as a newcomer would and speaks HTTP.
 */
import { cloudflareTest, readD1Migrations } from "@cloudflare/vitest-pool-workers";
import { defineConfig } from "vitest/config";

const root = new URL("..", import.meta.url).pathname;

export default defineConfig(async () => ({
	root,
	test: {
		projects: [
			{
				root,
				test: {
					name: "pure",
					include: ["test/**/*.pure.test.ts"],
				},
			},
			{
				root,
				plugins: [
					cloudflareTest({
						main: `${root}test/support/worker.ts`,
						wrangler: { configPath: `${root}wrangler.toml` },
						miniflare: {
							bindings: {
								ENVIRONMENT: "local",
								PAYMENT_PROVIDER: "sandbox",
								RATE_LIMITS: "off",
								ADMIN_TOKEN: "test-admin-token-0123456789abcdef",
								SHOPPER_TOKEN_SECRET: "test-shopper-secret-0123456789abcdef",
								SANDBOX_WEBHOOK_SECRET: "test-webhook-secret-0123456789abcdef",
								TEST_MIGRATIONS: await readD1Migrations(`${root}migrations`),
								// Which towns `test/sim/fuzz.test.ts` visits: set by `npm run sim`.
								SIM_SEEDS: process.env["SIM_SEEDS"] ?? "",
							},
						},
					}),
				],
				test: {
					name: "workerd",
					include: ["test/**/*.test.ts"],
					exclude: ["test/**/*.pure.test.ts", "test/e2e/**", "test/bench/**"],
					setupFiles: ["test/support/migrate.ts"],
					// Bundled once: its source maps point to sources that are not shipped, with a warning for each of 220 files.
					deps: { optimizer: { ssr: { enabled: true, include: ["stripe"] } } },
				},
			},
			{
				root,
				test: {
					name: "e2e",
					include: ["test/e2e/**/*.test.ts"],
					testTimeout: 120_000,
					hookTimeout: 120_000,
					fileParallelism: false,
				},
			},
		],
	},
}));
