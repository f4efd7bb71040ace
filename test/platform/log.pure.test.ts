/** Logs: one JSON object a line, a short list of events, and nothing in them that is a secret or personal. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { LOG_EVENTS, log } from "../../src/platform/log.ts";

afterEach(() => vi.restoreAllMocks());

function logged(work: () => void): string[] {
	const lines: string[] = [];
	for (const level of ["error", "warn"] as const)
		vi.spyOn(console, level).mockImplementation((line: string) => void lines.push(line));
	work();
	return lines;
}

describe("log", () => {
	it("writes one line of JSON with the event and its fields, and leaves out what is undefined", () => {
		const lines = logged(() => log("alarm-failed", { of: "SKU", againInMs: 2000, error: "a\nb", none: undefined }));
		expect(lines).toEqual(['{"event":"alarm-failed","of":"SKU","againInMs":2000,"error":"a\\nb"}']);
	});

	it.each([
		["an e-mail address", "Invalid email address: ada@example.com.", "Invalid email address: […]"],
		["an internationalised address", "to jörg@bücher.example failed", "to […] failed"],
		["a shopper's token", "token eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJzXzAxOWIifQ.c2lnbmF0dXJl is bad", "token […] is bad"],
		["a header", "sent Bearer abc.def-123 to it", "sent […] to it"],
		["a key of Stripe", "Invalid API Key provided: sk_live_51H8abc", "Invalid API Key provided: […]"],
		["a restricted key", "rk_live_51H8abc", "[…]"],
		["the secret of a webhook", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "[…]"],
	])("takes out %s, wherever it stands", (_, text, left) => {
		const [line = ""] = logged(() => log("effect-put-off", { error: text, deep: { list: [text] } }));
		expect(JSON.parse(line)).toEqual({ event: "effect-put-off", error: left, deep: { list: [left] } });
	});

	it("leaves ids, SKUs and times as they are", () => {
		const fields = {
			checkoutId: "co_0123abcd",
			sku: "tee-black.xl_2",
			at: "2026-12-12T00:00:00.000Z",
			shopperId: "s_019b",
		};
		const [line = ""] = logged(() => log("sweep-found", fields));
		expect(JSON.parse(line)).toEqual({ event: "sweep-found", ...fields });
	});
});

describe("the events", () => {
	const root = join(import.meta.dirname, "../..");
	const runbook = readFileSync(join(root, "src/operations/README.md"), "utf8");
	const [, events = ""] = /^## Events\n([\s\S]*?)^## /m.exec(runbook) ?? [];

	it("each have a row in the runbook, and the runbook has no other", () => {
		const rows = [...events.matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, event]) => event);
		expect(rows.sort()).toEqual([...LOG_EVENTS].sort());
	});

	it("are each logged somewhere", () => {
		const sources = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" })
			.filter((path) => path.endsWith(".ts") && !path.endsWith("platform/log.ts"))
			.map((path) => readFileSync(join(root, "src", path), "utf8"))
			.join("\n");
		expect(LOG_EVENTS.filter((event) => !sources.includes(`log("${event}"`))).toEqual([]);
	});
});
