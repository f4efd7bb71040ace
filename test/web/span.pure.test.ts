/** A time that something lasts, as a shopper reads it. */
import { expect, it } from "vitest";
import { formatSpan } from "../../src/web/shared/format.ts";

it.each([
	[3_600, "1 hour"],
	[86_400, "24 hours"],
	[5_400, "90 minutes"],
	[60, "1 minute"],
	[90, "90 seconds"],
	[1, "1 second"],
])("says %s seconds as %s", (seconds, text) => {
	expect(formatSpan(seconds)).toBe(text);
});
