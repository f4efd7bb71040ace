/**
 * `npm run build`: puts everything that browsers load into `.assets/`, which wrangler.toml names. Wrangler runs it before
 * `dev` and `deploy`, and again when something in `src/` has changed.
 *
 * Swagger UI for the API reference is served from here: from its usual CDN, the page would depend on a third party and
 * stay blank on a laptop without a network.
 *
 * Only what differs is written. Several servers of one checkout share the directory, each builds when it starts, and each
 * loads anew when a file changes: a build that changed nothing must not disturb the others.
 */
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { build } from "vite";
import { elements, pages } from "../web/vite.config.ts";

const root = join(import.meta.dirname, "../..");
const assets = join(root, ".assets");
const built = mkdtempSync(join(tmpdir(), "holdfast-assets-"));

const filesIn = (directory: string): string[] =>
	existsSync(directory)
		? readdirSync(directory, { recursive: true, withFileTypes: true })
				.filter((entry) => entry.isFile())
				.map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1))
		: [];

const isSame = (one: string, other: string): boolean =>
	existsSync(other) && readFileSync(one).equals(readFileSync(other));

try {
	const swagger = dirname(createRequire(import.meta.url).resolve("swagger-ui-dist/package.json"));
	mkdirSync(join(built, "swagger-ui"));
	for (const file of ["swagger-ui.css", "swagger-ui-bundle.js"]) {
		copyFileSync(join(swagger, file), join(built, "swagger-ui", file));
	}
	copyFileSync(join(root, "src/web/docs/start.js"), join(built, "swagger-ui/start.js"));
	for (const config of [pages, elements]) await build({ ...config, build: { ...config.build, outDir: built } });

	const files = new Set(filesIn(built));
	for (const file of files) {
		if (isSame(join(built, file), join(assets, file))) continue;
		mkdirSync(dirname(join(assets, file)), { recursive: true });
		copyFileSync(join(built, file), join(assets, file));
	}
	// Files of earlier builds have other names, and nobody asks for them any more.
	for (const file of filesIn(assets)) if (!files.has(file)) rmSync(join(assets, file), { force: true });
} finally {
	rmSync(built, { recursive: true, force: true });
}
