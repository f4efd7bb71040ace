/** Which signatures of a webhook are valid, and which must not be. */
import { describe, expect, it } from "vitest";
import { SIGNATURE_TOLERANCE_MS, sign, verify } from "../../../src/payments/sandbox/signature.ts";

const SECRET = "whsec-0123456789abcdef";
const BODY = JSON.stringify({ id: "evt_1", text: "Grüße, 全部" });
const NOW = Date.UTC(2026, 11, 12, 0, 0, 0);

describe("a webhook's signature", () => {
	it("is valid for exactly what was signed", async () => {
		expect(await verify(SECRET, await sign(SECRET, BODY, NOW), BODY, NOW)).toBe(true);
	});

	it("is HMAC-SHA256 of time, dot and body, in hex", async () => {
		// From: printf '1.{}' | openssl dgst -sha256 -hmac secret
		expect(await sign("secret", "{}", 1000)).toBe(
			"t=1,v1=1122767b193110cfec322b6f199b599edbf608ed087f2d27afb0b97d99523908",
		);
	});

	it("is not valid for a body that differs in one byte", async () => {
		const header = await sign(SECRET, BODY, NOW);
		expect(await verify(SECRET, header, `${BODY} `, NOW)).toBe(false);
		expect(await verify(SECRET, header, BODY.replace("evt_1", "evt_2"), NOW)).toBe(false);
	});

	it("is not valid under another secret", async () => {
		expect(await verify(`${SECRET}0`, await sign(SECRET, BODY, NOW), BODY, NOW)).toBe(false);
	});

	it("is not valid when the time was changed, since the time is signed too", async () => {
		const header = await sign(SECRET, BODY, NOW - 2 * SIGNATURE_TOLERANCE_MS);
		expect(await verify(SECRET, header.replace(/^t=\d+/, `t=${NOW / 1000}`), BODY, NOW)).toBe(false);
	});

	it("is valid for five minutes in either direction, to the second", async () => {
		const header = await sign(SECRET, BODY, NOW);
		for (const offsetMs of [-SIGNATURE_TOLERANCE_MS, SIGNATURE_TOLERANCE_MS]) {
			expect(await verify(SECRET, header, BODY, NOW + offsetMs)).toBe(true);
			expect(await verify(SECRET, header, BODY, NOW + offsetMs + Math.sign(offsetMs) * 1000)).toBe(false);
		}
	});

	it("may be one of several, as during a change of secrets: one valid one is enough", async () => {
		const old = await sign("the-former-secret", BODY, NOW);
		const both = `${old},${(await sign(SECRET, BODY, NOW)).split(",")[1]}`;
		expect(await verify(SECRET, both, BODY, NOW)).toBe(true);
		expect(await verify("the-former-secret", both, BODY, NOW)).toBe(true);
		expect(await verify("neither", both, BODY, NOW)).toBe(false);
	});

	it("is never valid without a secret, and cannot be made without one", async () => {
		expect(await verify("", await sign(SECRET, BODY, NOW), BODY, NOW)).toBe(false);
		await expect(sign("", BODY, NOW)).rejects.toThrow("without a secret");
	});

	it.each([
		["no header", null],
		["an empty one", ""],
		["no time", `v1=${"0".repeat(64)}`],
		["no signature", `t=${NOW / 1000}`],
		["a time that is no number", `t=now,v1=${"0".repeat(64)}`],
		["a negative time", `t=-1,v1=${"0".repeat(64)}`],
		["a signature of the wrong length", `t=${NOW / 1000},v1=00`],
		["a signature that is not hex", `t=${NOW / 1000},v1=${"z".repeat(64)}`],
		["a forged signature", `t=${NOW / 1000},v1=${"0".repeat(64)}`],
	])("is not valid with %s", async (_, header) => {
		expect(await verify(SECRET, header, BODY, NOW)).toBe(false);
	});

	it("is not valid with two times, of which only one was signed", async () => {
		const header = await sign(SECRET, BODY, NOW);
		expect(await verify(SECRET, `t=${NOW / 1000 - 9},${header}`, BODY, NOW)).toBe(false);
		expect(await verify(SECRET, `${header},t=${NOW / 1000}`, BODY, NOW)).toBe(false);
	});

	it("is not looked for beyond a handful, so one header cannot cost thousands of hashes", async () => {
		const good = await sign(SECRET, BODY, NOW);
		const junk = `v1=${"0".repeat(64)}`;
		expect(
			await verify(SECRET, `t=${NOW / 1000},${Array(500).fill(junk).join(",")},${good.split(",")[1]}`, BODY, NOW),
		).toBe(false);
	});
});
