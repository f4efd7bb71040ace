/** What every route of the app has at hand. */

export interface AppEnv {
	/** Secrets may be missing, whatever the generated type says: `auth.ts` and `providers.ts` answer for that. */
	Bindings: Env;
	Variables: {
		requestId: string;
		/** Set behind `shopperOnly`. */
		shopperId: string;
	};
}
