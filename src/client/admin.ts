/** The client of a merchant's server or page: `createAdmin`. */
import { ADMIN_OPERATIONS, type AdminOperations } from "./api.ts";
import { type Calls, makeCalls, originOf } from "./calls.ts";

export interface AdminOptions {
	/** The shop's address, as in `https://shop.example`; by default the page's own. */
	readonly origin?: string;
	/** The admin token; null where Cloudflare Access lets the merchant in. */
	readonly token: string | null | (() => string | null);
	readonly fetch?: typeof fetch;
	/** How long a call may be repeated, in milliseconds. */
	readonly patienceMs?: number;
}

export type Admin = Calls<AdminOperations>;

const PATIENCE_MS = 15_000;

/** Methods are named by the operation ids of the API, and take what the operation takes in one object. */
export function createAdmin(options: AdminOptions): Admin {
	return makeCalls<AdminOperations>(ADMIN_OPERATIONS, {
		origin: originOf(options.origin),
		fetch: options.fetch ?? ((input, init) => fetch(input, init)),
		patienceMs: options.patienceMs ?? PATIENCE_MS,
		headers: async () => {
			const token = typeof options.token === "function" ? options.token() : options.token;
			// The content type on every call shows that no form of another site has sent it.
			return { "content-type": "application/json", ...(token === null ? {} : { authorization: `Bearer ${token}` }) };
		},
	});
}
