/** What the pages weigh: what a browser loads before the first page is shown, compressed. `npm run build` makes it. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";

const ASSETS = join(import.meta.dirname, "../../.assets");
const KILOBYTE = 1_024;

const weight = (path: string): number => gzipSync(readFileSync(join(ASSETS, path)), { level: 9 }).length;

/** Scripts and styles that the page names, and what those scripts import before they run. */
function loadedBy(page: string): string[] {
	const html = readFileSync(join(ASSETS, `pages/${page}.html`), "utf8");
	const named = [...html.matchAll(/(?:src|href)="\/(app\/[^"]+\.(?:js|css))"/g)].map(([, path]) => path as string);
	const all = new Set(named);
	for (const path of all) {
		if (!path.endsWith(".js")) continue;
		for (const [, name] of readFileSync(join(ASSETS, path), "utf8").matchAll(/from"\.\/([^"]+)"/g))
			all.add(`app/${name}`);
	}
	return [...all];
}

const total = (paths: readonly string[]): number => paths.reduce((sum, path) => sum + weight(path), 0);

describe("the weight of a page", () => {
	it.each([
		["storefront", 40],
		["pay", 40],
		["admin", 90],
	])("%s loads at most %i kB of script and style, compressed", (page, most) => {
		const bytes = total(loadedBy(page));
		console.info(`${page}: ${(bytes / KILOBYTE).toFixed(1)} of ${most} kB`);
		expect(loadedBy(page).length).toBeGreaterThan(1);
		expect(bytes).toBeLessThanOrEqual(most * KILOBYTE);
	});

	it("of the elements is at most 15 kB, in one script", () => {
		const bytes = weight("elements.js");
		console.info(`elements: ${(bytes / KILOBYTE).toFixed(1)} of 15 kB`);
		expect(bytes).toBeLessThanOrEqual(15 * KILOBYTE);
		expect(readFileSync(join(ASSETS, "elements.js"), "utf8")).not.toMatch(/\bfrom"\.\/|\bimport\(/);
	});
});
