/** A Medusa as it comes, without its admin pages, and with the payments of `card.js`. */
import { join } from "node:path";
import { defineConfig } from "@medusajs/framework/utils";

const card = { resolve: join(import.meta.dirname, "card.js"), id: "card" };

export default defineConfig({
	admin: { disable: true },
	modules: [{ resolve: "@medusajs/medusa/payment", options: { providers: [card] } }],
	projectConfig: {
		databaseUrl: process.env.DATABASE_URL,
		databaseDriverOptions: { ssl: false, connection: { ssl: false } },
		http: { jwtSecret: "of no use to anybody", cookieSecret: "of no use to anybody" },
	},
});
