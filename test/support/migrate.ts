/**
 * Each file of tests begins with empty storage, and with the tables in D1 that `wrangler d1 migrations apply` gives a deployed
 * one. The files of one worker share its modules and its runtime, and so would they share the provider, its faults and the
 * catalogue. Objects that a test has put to sleep or killed are not found by `reset`: the only one of a fixed name is
 * woken before.
 */
import { applyD1Migrations, reset } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { sandboxObject } from "../../src/payments/sandbox/provider.ts";

await sandboxObject(env).faults();
await reset();
await applyD1Migrations(env.DB, env.TEST_MIGRATIONS);
