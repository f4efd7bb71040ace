import { expect, it } from "vitest";
import { minorUnitOf } from "../../src/client/index.ts";
import * as server from "../../src/payments/iso-4217.ts";

it("counts every currency as the server does, also where people leave out its decimals", () => {
	expect(server.CURRENCIES.length).toBeGreaterThan(150);
	for (const currency of server.CURRENCIES) expect(minorUnitOf(currency), currency).toBe(server.minorUnitOf(currency));
});
