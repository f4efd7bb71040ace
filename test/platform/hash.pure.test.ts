/** Hashes and fingerprints: equal for equal values, and different for all others. */
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fingerprint, sha256Hex } from "../../src/platform/hash.ts";

describe("sha256Hex", () => {
	// The examples of FIPS 180-4, and one that is not ASCII.
	it.each([
		["", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"],
		["abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"],
		["ü", "607474ca475a9724d7360aba71a56d5df77e61350e3f724cfa1f46e857e2d85f"],
	])("gives the digest of %j", async (text, digest) => {
		expect(await sha256Hex(text)).toBe(digest);
	});
});

describe("fingerprint", () => {
	it("gives the same fingerprint whatever the order of members, at any depth", async () => {
		const one = await fingerprint({ a: 1, b: { c: [1, { d: 2, e: 3 }], f: null } });
		const other = await fingerprint({ b: { f: null, c: [1, { e: 3, d: 2 }] }, a: 1 });
		expect(other).toBe(one);
	});

	it.each([
		[{ quantity: 1 }, { quantity: 2 }],
		[{ quantity: 1 }, { quantity: "1" }],
		[{ quantity: 1 }, { amount: 1 }],
		[{ a: null }, {}],
		[{ a: [1, 2] }, { a: [2, 1] }],
		[{ a: [] }, { a: {} }],
		[{ a: [1] }, { a: { 0: 1 } }],
		[{ a: { b: 1 } }, { a: 1, b: 1 }],
		["a", ["a"]],
		[{ a: "b" }, '{"a":"b"}'],
	])("gives %j and %j different fingerprints", async (one, other) => {
		expect(await fingerprint(one)).not.toBe(await fingerprint(other));
	});

	it("gives the same fingerprint after a value was written and parsed as JSON", async () => {
		await fc.assert(
			fc.asyncProperty(fc.jsonValue(), async (value) => {
				expect(await fingerprint(JSON.parse(JSON.stringify(value)))).toBe(await fingerprint(value));
			}),
			{ numRuns: 200 },
		);
	});
});
