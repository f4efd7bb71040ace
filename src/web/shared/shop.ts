/** The client of this page: one shopper for all tabs of this browser, who is still the same after a reload. */
import { createShop, storedTokens } from "../../client/index.ts";

export const shop = createShop({ tokens: storedTokens(localStorage) });
