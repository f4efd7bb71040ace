/** Starts Medusa for this comparison: with a bank of its own, and with Holdfast and the plugin, or without them. */
import { execFileSync } from "node:child_process";
import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import { startFreshServer } from "../../../src/cli/fresh-server.ts";
import { PROJECT_DIR } from "../../../src/cli/local-server.ts";
import { type Admin, createAdmin } from "../../../src/client/index.ts";
import { Storefront } from "../../race/peers/medusa/storefront.ts";
import { type PeerExtras, startPeer } from "../../race/peers/start-peer.ts";
import { Bank } from "./bank.ts";

/** Of a dollar. */
export const CENTS = 100;

const HERE = import.meta.dirname;
const MEDUSA = join(PROJECT_DIR, "test/race/peers/medusa");
const PLUGIN = "medusa-holdfast";

export interface Shop {
	readonly storefront: Storefront;
	readonly bank: Bank;
	/** Null where Medusa is alone. */
	readonly holdfast: Admin | null;
	close(): Promise<void>;
}

export async function startShop(isAlone: boolean, signal: AbortSignal): Promise<Shop> {
	const closing: (() => Promise<void>)[] = [];
	const close = async () => {
		for (const end of closing.splice(0).reverse()) await end();
	};
	try {
		const bank = new Bank();
		await bank.start();
		closing.push(() => bank.close());
		const env: Record<string, string> = { CARD: "bank-card.js", BANK_URL: bank.origin };
		let holdfast: Admin | null = null;
		if (!isAlone) {
			const server = await startFreshServer("connect", signal, { rateLimits: false });
			closing.push(() => server.close());
			holdfast = createAdmin({ origin: server.url, token: server.adminToken });
			Object.assign(env, { PLUGIN, HOLDFAST_URL: server.url, HOLDFAST_TOKEN: server.adminToken });
		}
		const extras: PeerExtras = { env, addFiles: (home) => addFiles(home, isAlone) };
		const storefront = new Storefront(await startPeer("medusa", MEDUSA, signal, extras));
		closing.push(() => storefront.close());
		return { storefront, bank, holdfast, close };
	} catch (error) {
		await close();
		throw error;
	}
}

/** The plugin as Medusa finds it when it has been built and installed, with Holdfast's client as a package. */
function addFiles(home: string, isAlone: boolean): void {
	cpSync(join(HERE, "bank-card.js"), join(home, "bank-card.js"));
	const plugin = join(home, "node_modules", PLUGIN);
	rmSync(plugin, { recursive: true, force: true });
	if (isAlone) return;
	execFileSync(process.execPath, [join(PROJECT_DIR, "src/cli/build-client.ts")], {
		stdio: ["ignore", "ignore", "inherit"],
	});
	cpSync(join(HERE, "plugin/package.json"), join(plugin, "package.json"));
	cpSync(join(HERE, "plugin/src"), join(plugin, ".medusa/server/src"), { recursive: true });
	cpSync(join(PROJECT_DIR, ".client"), join(home, "node_modules/holdfast-client"), { recursive: true });
}
