/**
 * What is tested where. `pure` runs in Node and touches nothing; `workerd` runs beside the real objects, D1 and queue
 * in the runtime that serves production, and so do the simulations of `sim`; `e2e` starts the server as a newcomer
 * would and speaks HTTP. `full` is what is slow there and rarely wrong: `npm test` leaves it out, `npm run test:all`
 * does not.
 */
import { existsSync, statfsSync } from "node:fs";
import { cloudflareTest, readD1Migrations } from "@cloudflare/vitest-pool-workers";
import { defineConfig } from "vitest/config";
import { markAwaits } from "./sim/await-points.ts";
import { keepQuiet } from "./support/quiet.ts";

const root = new URL("..", import.meta.url).pathname;
const MEMORY = "/dev/shm";
const GIGABYTE = 2 ** 30;

keepQuiet();
// At a desk each run tries something new. On a clean checkout it does not: what is red there shall be so by the change
// that it tests. `VITE_SEED=n` runs a seed again; `npm run sim` and `VITE_RUNS` look for new ones.
process.env["VITE_SEED"] ??= process.env["CI"] ? "1" : String(Math.floor(Math.random() * 2 ** 31));
// Every object is a file that waits for its disk at each commit. What the tests store need not outlive them: memory
// will do.
if (existsSync(MEMORY)) {
	const { bavail, bsize } = statfsSync(MEMORY);
	if (bavail * bsize > GIGABYTE) process.env["TMPDIR"] ??= MEMORY;
}

/** The objects of a simulation may die in each of their awaits. */
const dyingObjects = {
	name: "await-points",
	enforce: "pre" as const,
	transform(code: string, id: string) {
		const [file = id] = id.split("?");
		if (file === `${root}src/stock/sku.ts`) return markAwaits(code, file, "SKU");
		return file === `${root}src/checkout/checkout.ts` ? markAwaits(code, file, "CHECKOUT") : null;
	},
};

export default defineConfig(async () => {
	const inRuntime = {
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
						TEST_MIGRATIONS: await readD1Migrations(`${root}migrations`),
						// Which simulations `test/sim/fuzz.test.ts` runs: set by `npm run sim`.
						SIM_SEEDS: process.env["SIM_SEEDS"] ?? "",
					},
				},
			}),
		],
	};
	const testsInRuntime = {
		// A runtime and all modules anew for each file would take longer than the tests. See support/migrate.ts.
		isolate: false,
		// A busy machine may take long over what goes through the queue.
		testTimeout: 30_000,
		setupFiles: ["test/support/seed.ts", "test/support/migrate.ts"],
		// Bundled once: its source maps point to sources that are not shipped, with a warning for each of 220 files.
		deps: { optimizer: { ssr: { enabled: true, include: ["stripe"] } } },
	};
	// What waits for the clock on the wall comes when nothing else keeps the machine busy.
	const overHttp = { testTimeout: 120_000, hookTimeout: 120_000, maxConcurrency: 16, sequence: { groupOrder: 1 } };
	return {
		root,
		test: {
			reporters: ["minimal"],
			maxWorkers: 2,
			projects: [
				{
					root,
					test: {
						name: "pure",
						include: ["test/**/*.pure.test.ts"],
						setupFiles: ["test/support/seed.ts"],
						// `npm run crowd` runs objects in Node.
						alias: { "cloudflare:workers": `${root}src/cli/crowd/workers-module.ts` },
					},
				},
				{
					...inRuntime,
					test: {
						...testsInRuntime,
						name: "workerd",
						include: ["test/**/*.test.ts"],
						exclude: ["test/**/*.pure.test.ts", "test/sim/**", "test/e2e/**", "test/browser/**", "test/bench/**"],
					},
				},
				// Apart from `workerd`: a simulation wraps the classes of the objects for as long as their worker lives.
				{
					...inRuntime,
					plugins: [dyingObjects, ...inRuntime.plugins],
					test: {
						...testsInRuntime,
						isolate: true,
						name: "sim",
						include: ["test/sim/*.test.ts"],
						exclude: ["**/*.pure.test.ts"],
					},
				},
				{ root, test: { ...overHttp, name: "e2e", include: ["test/e2e/*.test.ts"] } },
				{
					root,
					test: { ...overHttp, name: "browser", include: ["test/browser/*.test.ts"], exclude: ["**/*.pure.test.ts"] },
				},
				{ root, test: { ...overHttp, name: "full", include: ["test/e2e/full/*.test.ts"] } },
			],
		},
	};
});
