/** The body of a webhook: everything, or what fits. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MAX_METADATA_KEY, MAX_METADATA_KEYS, MAX_METADATA_VALUE, MAX_WEBHOOK_BYTES } from "../../src/limits.ts";
import { payloadOf } from "../../src/webhooks/payload.ts";

const bytesOf = (text: string) => new TextEncoder().encode(text).length;

describe("a payload", () => {
	it("has the type, the time and the data", () => {
		const data = { id: "or_1", version: 7, lines: [{ sku: "mug" }] };
		expect(JSON.parse(payloadOf({ type: "order.created", atMs: 0, data }))).toEqual({
			...{ type: "order.created", timestamp: "1970-01-01T00:00:00.000Z", data },
		});
	});

	it("of an order with as much metadata as may be says which order, in which version, and that it is cut", () => {
		const name = (i: number) => `${i}`.padStart(MAX_METADATA_KEY, "n");
		const metadata = Object.fromEntries(
			Array.from({ length: MAX_METADATA_KEYS }, (_, i) => [name(i), "v".repeat(MAX_METADATA_VALUE)]),
		);
		const data = { id: "or_1", status: "paid", shipTo: null, version: 7, truncated: false, metadata, lines: [] };
		const { data: told } = JSON.parse(payloadOf({ type: "order.updated", atMs: 0, data }));
		expect(told).toEqual({ id: "or_1", status: "paid", shipTo: null, version: 7, truncated: true });
	});

	it("is never larger than Standard Webhooks allows, whatever the script, and is whole whenever it may be", () => {
		const letter = fc.constantFrom("a", "é", "漢", "😀", '"', "\n");
		const text = fc.tuple(letter, fc.integer({ min: 0, max: 21_000 })).map(([one, times]) => one.repeat(times));
		fc.assert(
			fc.property(text, (note) => {
				const data = { id: "or_1", version: 1, truncated: false, metadata: { note } };
				const whole = JSON.stringify({ type: "order.updated", timestamp: new Date(0).toISOString(), data });
				const body = payloadOf({ type: "order.updated", atMs: 0, data });
				expect(bytesOf(body)).toBeLessThanOrEqual(MAX_WEBHOOK_BYTES);
				expect(JSON.parse(body).data.truncated).toBe(bytesOf(whole) > MAX_WEBHOOK_BYTES);
			}),
		);
	});
});
