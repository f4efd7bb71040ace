/** The client of a merchant's server or page: `createAdmin`. */
import { ADMIN_OPERATIONS, type AdminOperations } from "./api.ts";
import { type Calls, type ClientOptions, contextOf, makeCalls } from "./calls.ts";

export interface AdminOptions extends ClientOptions {
	/** The admin token; null where Cloudflare Access lets the merchant in. */
	readonly token: string | null | (() => string | null);
}

export type Admin = Calls<AdminOperations>;

/** Methods are named by the operation ids of the API, and take what the operation takes in one object. */
export function createAdmin(options: AdminOptions): Admin {
	return makeCalls<AdminOperations>(ADMIN_OPERATIONS, {
		...contextOf(options),
		headers: async () => {
			const token = typeof options.token === "function" ? options.token() : options.token;
			// The content type on every call shows that no form of another site has sent it.
			return { "content-type": "application/json", ...(token === null ? {} : { authorization: `Bearer ${token}` }) };
		},
	});
}
