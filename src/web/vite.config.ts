/**
 * How the pages become files (`cli/build.ts` says where): one HTML file a page in `pages/`, which the Worker serves under its real
 * address, and everything that they load in `app/`, named by its content so that browsers may keep it for ever.
 */
import { join } from "node:path";
import type { InlineConfig } from "vite";

const ROOT = import.meta.dirname;

const shared = {
	root: ROOT,
	configFile: false,
	logLevel: "warn",
	oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
} satisfies InlineConfig;

const BROWSERS = "es2023";

/** The pages of the shop and of the merchant. */
export const pages: InlineConfig = {
	...shared,
	build: {
		emptyOutDir: false,
		assetsDir: "app",
		target: BROWSERS,
		// An inlined picture would need a wider policy than the pages have.
		assetsInlineLimit: 0,
		modulePreload: { polyfill: false },
		rolldownOptions: {
			input: ["storefront", "pay", "admin", "elements", "plain"].map((page) => join(ROOT, "pages", `${page}.html`)),
		},
	},
};

/** The custom elements: one script with a lasting address, for pages of other shops. */
export const elements: InlineConfig = {
	...shared,
	publicDir: false,
	build: {
		emptyOutDir: false,
		target: BROWSERS,
		lib: { entry: join(ROOT, "elements/main.ts"), formats: ["es"], fileName: () => "elements.js" },
	},
};
