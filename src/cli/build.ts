/**
 * `npm run build`: puts everything that browsers load into `.assets/`, which wrangler.toml names. Wrangler runs it before
 * `dev` and `deploy`. With `--watch` it goes on, and builds again whatever is changed.
 *
 * Swagger UI for the API reference is served from here: from its usual CDN, the page would depend on a third party and
 * stay blank on a laptop without a network.
 */
import { copyFileSync, mkdirSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { build } from "vite";
import { elements, pages } from "../web/vite.config.ts";

const root = join(import.meta.dirname, "../..");
const assets = join(root, ".assets");
const swagger = dirname(createRequire(import.meta.url).resolve("swagger-ui-dist/package.json"));
const target = join(assets, "swagger-ui");
const isWatching = process.argv.includes("--watch");

mkdirSync(target, { recursive: true });
for (const file of ["swagger-ui.css", "swagger-ui-bundle.js"]) copyFileSync(join(swagger, file), join(target, file));
copyFileSync(join(root, "src/web/docs/start.js"), join(target, "start.js"));

// Files of earlier builds have other names, and nobody asks for them any more.
if (!isWatching) rmSync(join(assets, "app"), { recursive: true, force: true });
for (const config of [pages, elements]) {
	await build({ ...config, build: { ...config.build, watch: isWatching ? {} : null } });
}
