/** The client of this page: one shopper for all tabs of this browser, who is still the same after a reload. */
import { createShop, memoryTokens, type Shop, storedTokens, type TokenStore, unwrap } from "../../client/index.ts";
import { pageConfig } from "./page-config.ts";

/**
 * A page of another shop hands its shopper over behind the `#` of the address. It is who pays here, in this tab, and
 * leaves this browser's own shopper alone. The token is taken out of the address before anything else happens.
 */
function handedOver(): TokenStore | null {
	const token = new URLSearchParams(location.hash.slice(1)).get("shopper");
	const kept = token ?? sessionStorage.getItem(KEY);
	if (token !== null) {
		sessionStorage.setItem(KEY, token);
		history.replaceState(null, "", location.pathname + location.search);
	}
	return kept === null ? null : memoryTokens({ shopperId: "", token: kept, expiresAt: "" });
}

const KEY = "holdfast.handed-over";

/** Most visitors only look. The challenge and its code come when somebody is about to become a shopper. */
async function turnstileToken(): Promise<string | undefined> {
	const { turnstileSiteKey } = pageConfig();
	if (turnstileSiteKey === "") return undefined;
	const { solveChallenge } = await import("./challenge.ts");
	return solveChallenge(turnstileSiteKey);
}

export const shop: Shop = createShop({
	tokens: handedOver() ?? storedTokens(localStorage),
	newShopper: async (service) => {
		const token = await turnstileToken();
		return unwrap(await service.createShopper(token === undefined ? {} : { turnstileToken: token }));
	},
});
