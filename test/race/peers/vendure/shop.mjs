/**
 * A Vendure as it comes: PostgreSQL, its default order process, stock that is tracked, one country, one way of shipping,
 * and a payment that takes as long as a card payment does.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { bootstrap, DefaultLogger, LanguageCode, LogLevel, PaymentMethodHandler, Populator } from "@vendure/core";

const PAYMENT_MS = 300;
const { PORT, DATABASE_URL } = process.env;
const password = crypto.randomUUID();

const card = new PaymentMethodHandler({
	code: "card",
	description: [{ languageCode: LanguageCode.en, value: "A card whose bank says what the buyer wants" }],
	args: {},
	async createPayment(_ctx, _order, amount, _args, { approves }) {
		await sleep(PAYMENT_MS);
		return { amount, state: approves ? "Settled" : "Declined", metadata: {} };
	},
	settlePayment: () => ({ success: true }),
});

const app = await bootstrap({
	apiOptions: { hostname: "127.0.0.1", port: Number(PORT), adminApiPath: "admin-api", shopApiPath: "shop-api" },
	authOptions: {
		tokenMethod: "bearer",
		superadminCredentials: { identifier: "merchant", password },
		cookieOptions: { secret: "of no use to anybody" },
	},
	dbConnectionOptions: { type: "postgres", url: DATABASE_URL, synchronize: true, poolSize: 40 },
	logger: new DefaultLogger({ level: LogLevel.Error }),
	paymentOptions: { paymentMethodHandlers: [card] },
});
await app.get(Populator).populateInitialData({
	defaultLanguage: LanguageCode.en,
	defaultZone: "Europe",
	countries: [{ name: "Austria", code: "AT", zone: "Europe" }],
	taxRates: [{ name: "Standard Tax", percentage: 20 }],
	shippingMethods: [{ name: "Post", price: 0 }],
	paymentMethods: [{ name: "Card", handler: { code: "card", arguments: [] } }],
	collections: [],
});
process.stdin.once("end", () => process.exit()).resume();
console.log(`ready ${password}`);
