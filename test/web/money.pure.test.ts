/** Prices as the pages show and read them. */
import { describe, expect, it } from "vitest";
import { formatMoney, parseMoney } from "../../src/web/shared/money.ts";

const shown = (amount: number, currency: string) => formatMoney({ amount, currency }, "en").replace(/[^\d.,]/g, "");

describe("a price", () => {
	it.each([
		["USD", 1_999, "19.99"],
		["JPY", 1_999, "1,999"],
		["KWD", 1_999, "1.999"],
		// People leave out the decimals of these, and the API counts two and three.
		["COP", 199_950, "1,999.50"],
		["HUF", 1_999, "19.99"],
		["IQD", 1_999, "1.999"],
	])("in %s is shown with the decimals that the API counts, and read back as it was", (currency, amount, text) => {
		expect(shown(amount, currency)).toBe(text);
		expect(parseMoney(text.replaceAll(",", ""), currency)).toBe(amount);
	});

	it("with more decimals than its currency has is no price", () => {
		expect([parseMoney("1.5", "JPY"), parseMoney("1.999", "USD"), parseMoney("1.9995", "KWD")]).toEqual([
			null,
			null,
			null,
		]);
	});
});
