/**
 * `npm run build`: copies the files that are served to browsers as they are into `.assets/`, which wrangler.toml names.
 * Wrangler runs it before `dev` and `deploy`. Swagger UI for the API reference is served from here: from its usual CDN,
 * the page would depend on a third party and stay blank on a laptop without a network.
 */
import { copyFileSync, mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const root = join(import.meta.dirname, "../..");
const swagger = dirname(createRequire(import.meta.url).resolve("swagger-ui-dist/package.json"));
const target = join(root, ".assets/swagger-ui");

mkdirSync(target, { recursive: true });
for (const file of ["swagger-ui.css", "swagger-ui-bundle.js"]) copyFileSync(join(swagger, file), join(target, file));
copyFileSync(join(root, "src/web/docs/start.js"), join(target, "start.js"));
