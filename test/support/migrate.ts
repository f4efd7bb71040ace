/**
 * Gives each file of tests empty storage, and in D1 the tables that `wrangler d1 migrations apply` gives a deployed
 * one.
 *
 * The files of one worker share its modules and its runtime. Without this they would also share the provider, its
 * faults and the catalogue. `reset` does not find objects that a test has evicted or killed. Only the sandbox has the
 * same name in every file, so it is woken first.
 */
import { applyD1Migrations, reset } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { sandboxObject } from "../../src/payments/sandbox/provider.ts";

await sandboxObject(env).faults();
await reset();
await applyD1Migrations(env.DB, env.TEST_MIGRATIONS);
