/** The README says which events to subscribe to: each that is acted upon, and no other. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { STRIPE_EVENTS } from "../../../src/payments/stripe/webhook.ts";

it("names each event of Stripe's that is acted upon, and no other", () => {
	const readme = readFileSync(join(import.meta.dirname, "../../../README.md"), "utf8");
	const [, list = ""] = /webhook endpoint[\s\S]*?events: ([\s\S]*?)\.\n/.exec(readme) ?? [];
	const named = Array.from(list.matchAll(/`([^`]+)`/g), ([, name]) => name ?? "");
	expect(named.toSorted()).toEqual([...STRIPE_EVENTS].sort());
});
