/**
 * A Medusa as it comes, without its admin pages, and with the payments of `card.js`. `CARD` names another file with a
 * provider of cards, and `PLUGIN` a package with a plugin.
 */
import { join } from "node:path";
import { defineConfig } from "@medusajs/framework/utils";

const { CARD = "card.js", PLUGIN } = process.env;
const card = { resolve: join(import.meta.dirname, CARD), id: "card" };

export default defineConfig({
	admin: { disable: true },
	plugins: PLUGIN === undefined ? [] : [PLUGIN],
	modules: [{ resolve: "@medusajs/medusa/payment", options: { providers: [card] } }],
	projectConfig: {
		databaseUrl: process.env.DATABASE_URL,
		databaseDriverOptions: { ssl: false, connection: { ssl: false } },
		http: { jwtSecret: "of no use to anybody", cookieSecret: "of no use to anybody" },
	},
});
