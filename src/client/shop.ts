/** The client of a shopper's page: `createShop`. */
import { SERVICE_OPERATIONS, type ServiceOperations, SHOPPER_OPERATIONS, type ShopperOperations } from "./api.ts";
import { type CallContext, type Calls, type ClientOptions, contextOf, makeCalls } from "./calls.ts";
import { ServerClock } from "./clock.ts";
import { unwrap } from "./result.ts";
import { memoryTokens, type TokenStore } from "./tokens.ts";
import { type WatchEvents, type Watching, watchSku } from "./watch.ts";

export interface ShopOptions extends ClientOptions {
	/** Keeps the shopper's token. By default it is forgotten with the page, and its reservations with it. */
	readonly tokens?: TokenStore;
	/**
	 * Gets a token when there is none, or when the server refuses the one that is kept. By default a new shopper; a
	 * merchant's page asks its own server, which mints one for its customer.
	 */
	readonly newShopper?: (service: Calls<ShopperOperations>) => Promise<{
		readonly shopperId: string;
		readonly token: string;
		readonly expiresAt: string;
	}>;
	/** The constructor of a socket; null watches by polling alone. */
	readonly WebSocket?: typeof WebSocket | null;
}

export interface Shop extends Calls<ShopperOperations> {
	readonly clock: ServerClock;
	/** The sandbox's card form and the service's health. The sandbox exists only on a laptop. */
	readonly service: Calls<ServiceOperations>;
	/** Who shops here; null before the first call that needs to know. */
	shopperId(): Promise<string | null>;
	/** The shopper's token, to hand to another page of the same shopper; null when there is none yet. */
	token(): Promise<string | null>;
	/** Watches a SKU until `close`: what is available, and the shopper's own reservation. */
	watch(sku: string, events: WatchEvents): Watching;
}

/** Methods are named by the operation ids of the API, and take what the operation takes in one object. */
export function createShop(options: ShopOptions = {}): Shop {
	const { tokens = memoryTokens() } = options;
	const clock = new ServerClock();
	const open: CallContext = { ...contextOf(options), headers: async () => ({}) };
	const { origin } = open;
	const anonymous = makeCalls<ShopperOperations>(SHOPPER_OPERATIONS, open);
	const newShopper = options.newShopper ?? (async (calls) => unwrap(await calls.createShopper()));

	/** One renewal at a time: calls that are refused together must not become several shoppers. */
	let renewing: Promise<string> | null = null;
	const tokenOtherThan = (refused: string | null): Promise<string> => {
		renewing ??= (async () => {
			const kept = await tokens.get();
			// Another tab may have renewed it already.
			if (kept !== null && kept.token !== refused) return kept.token;
			const shopper = await newShopper(anonymous);
			await tokens.set(shopper);
			return shopper.token;
		})().finally(() => {
			renewing = null;
		});
		return renewing;
	};
	const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
	const calls = makeCalls<ShopperOperations>(SHOPPER_OPERATIONS, {
		...open,
		headers: async () => bearer((await tokens.get())?.token ?? (await tokenOtherThan(null))),
		renew: async ({ authorization = "" }) => {
			const refused = authorization.replace("Bearer ", "");
			return (await tokenOtherThan(refused)) !== refused;
		},
	});
	// Looking needs no shopper, so a visitor who only looks does not become one.
	const { createShopper, listProducts, getProduct } = anonymous;
	return {
		...calls,
		...{ createShopper, listProducts, getProduct },
		clock,
		service: makeCalls<ServiceOperations>(SERVICE_OPERATIONS, open),
		shopperId: async () => (await tokens.get())?.shopperId ?? null,
		token: async () => (await tokens.get())?.token ?? null,
		watch: (sku, events) =>
			watchSku(sku, events, {
				origin,
				clock,
				token: async () => (await tokens.get())?.token ?? null,
				getProduct: (signal) => anonymous.getProduct({ sku }, { signal, patienceMs: 0 }),
				getReservation: (signal) => calls.getReservation({ sku }, { signal, patienceMs: 0 }),
				WebSocket: options.WebSocket === undefined ? (globalThis.WebSocket ?? null) : options.WebSocket,
			}),
	};
}
