/**
 * Starts the naive shop, a museum piece, on this machine: the Worker of `shop.ts` under `wrangler dev` with a database of
 * its own, and the bank that it asks. Nothing of it is left after `close`.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freshEnv } from "../dev-vars.ts";
import { startServer } from "../local-server.ts";
import { type BankRecord, type Charge, openBank } from "./bank.ts";
import type { Variant } from "./purchase.ts";

export interface NaiveShop {
	readonly origin: string;
	readonly adminToken: string;
	/** What the bank has, by the order's id. */
	readonly books: ReadonlyMap<string, BankRecord>;
	close(): Promise<void>;
}

export interface NaiveShopOptions {
	readonly variant?: Variant;
	/** Ends a start that is still going on. */
	readonly signal?: AbortSignal;
	/** Awaited before each charge. By default a payment takes as long as a card payment does. */
	readonly whileCharging?: (charge: Charge) => Promise<void>;
}

export async function startNaiveShop(options: NaiveShopOptions = {}): Promise<NaiveShop> {
	const stateDir = mkdtempSync(join(tmpdir(), "naive-shop-"));
	const bank = await openBank(options.whileCharging);
	const cleanUp = async () => {
		await bank.close();
		rmSync(stateDir, { recursive: true, force: true });
	};
	const { ADMIN_TOKEN } = freshEnv();
	try {
		const server = await startServer({
			...{ stateDir, port: 0, config: writeConfig(stateDir) },
			env: { ADMIN_TOKEN, BANK_URL: bank.url, VARIANT: options.variant ?? "check-then-pay" },
			...(options.signal ? { signal: options.signal } : {}),
		});
		const close = async () => {
			await server.stop();
			await cleanUp();
		};
		return { origin: server.origin, adminToken: ADMIN_TOKEN, books: bank.books, close };
	} catch (error) {
		await cleanUp();
		throw error;
	}
}

/** Beside the state: wrangler puts files of its own where the configuration is. @returns its path */
function writeConfig(stateDir: string): string {
	const path = join(stateDir, "wrangler.json");
	const database = { binding: "DB", database_name: "naive-shop", database_id: "naive-shop" };
	const config = {
		...{ name: "naive-shop", main: join(import.meta.dirname, "shop.ts"), compatibility_date: "2026-11-01" },
		d1_databases: [{ ...database, migrations_dir: join(import.meta.dirname, "migrations") }],
	};
	writeFileSync(path, JSON.stringify(config));
	return path;
}
