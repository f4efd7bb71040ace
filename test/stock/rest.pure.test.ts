/** What keeps a SKU on the sweep's list. */
import { describe, expect, it } from "vitest";
import { rests } from "../../src/stock/rules/rest.ts";

describe("a SKU", () => {
	it("rests when nothing is held, waited for, due or to be sent", () => {
		expect(rests({ held: 0, waiting: 0 }, [null, null])).toBe(true);
	});

	it.each([
		["units are held", { held: 1, waiting: 0 }, [null]],
		["somebody waits, though nothing is due", { held: 0, waiting: 1 }, [null]],
		["something is due, be it late", { held: 0, waiting: 0 }, [null, 1]],
	])("does not rest while %s", (_, stock, duesMs) => {
		expect(rests(stock, duesMs)).toBe(false);
	});
});
