/** D1's migrations, as far as a laptop can tell whether a deployed D1 takes them. */
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";

describe("a migration of D1", () => {
	// `wrangler d1 migrations apply --remote` sends the file whole, and D1 looks for these two words to find a trigger's
	// end: https://github.com/cloudflare/workers-sdk/issues/15314
	it("writes BEGIN and END of a trigger in capitals, alone on their lines, and no other END in between", () => {
		const triggers = env.TEST_MIGRATIONS.flatMap(({ queries }) => queries).filter((query) =>
			/CREATE TRIGGER/i.test(query),
		);
		expect(triggers).not.toEqual([]);
		for (const trigger of triggers) {
			expect(trigger).toMatch(/^[^;]+\nBEGIN\n[\s\S]+;\nEND;?\s*$/);
			expect(trigger.match(/\b(BEGIN|CASE|END)\b/gi)).toEqual(["BEGIN", "END"]);
			expect(trigger).not.toContain("\r");
		}
	});
});
