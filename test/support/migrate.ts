/** Gives the test's D1 the same tables that `wrangler d1 migrations apply` gives a deployed one. */
import { applyD1Migrations } from "cloudflare:test";
import { env } from "cloudflare:workers";

await applyD1Migrations(env.DB, env.TEST_MIGRATIONS);
