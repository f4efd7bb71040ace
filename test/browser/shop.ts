/** The shop of a test in a browser: a server of its own, and its merchant. */
import { type Admin, createAdmin, createShop, memoryTokens, type Shop, unwrap } from "../../src/client/index.ts";
import { TestServer } from "../support/server.ts";

type Draft = Partial<Omit<Parameters<Admin["defineProduct"]>[0], "sku">>;

export class BrowserShop {
	readonly server: TestServer;
	readonly admin: Admin;

	static async open(env: Readonly<Record<string, string>> = {}): Promise<BrowserShop> {
		return new BrowserShop(await TestServer.start(env));
	}

	private constructor(server: TestServer) {
		this.server = server;
		this.admin = createAdmin({ origin: server.origin, token: server.env.ADMIN_TOKEN });
	}

	get origin(): string {
		return this.server.origin;
	}

	close(): Promise<void> {
		return this.server.end();
	}

	/** A product with so many units, and the page on which it is sold. */
	async product(sku: string, units: number, draft: Draft = {}): Promise<string> {
		unwrap(
			await this.admin.defineProduct({
				...{
					sku,
					title: `The ${sku}`,
					price: { amount: 1_999, currency: "USD" },
					imageUrl: `${this.origin}/app/icon.svg`,
				},
				...draft,
			}),
		);
		if (units > 0) unwrap(await this.admin.restock({ sku, quantity: units, reference: "test" }));
		return `${this.origin}/products/${sku}`;
	}

	/** A shopper who needs no browser. */
	shopper(): Shop {
		return createShop({ origin: this.origin, tokens: memoryTokens(), WebSocket: null });
	}
}
