/** What a shopper reads who was promoted in their absence. */
import { describe, expect, it } from "vitest";
import { MAX_SUBJECT_TITLE } from "../../src/limits.ts";
import { type PromotionFacts, promotionMail } from "../../src/mail/texts.ts";

const FACTS: PromotionFacts = {
	to: "ada@example.com",
	shopName: "Holdfast",
	title: "Lantern",
	quantity: 1,
	untilMs: Date.UTC(2026, 11, 12, 18, 5, 59, 999),
	sku: "lamp.a_2-x",
	origin: "https://shop.example",
};
const mailOf = (over: Partial<PromotionFacts> = {}) => promotionMail({ ...FACTS, ...over });

describe("the mail of a promotion", () => {
	it("says what is held until when, in a zone that it names, and how to buy or give it back", () => {
		expect(mailOf()).toEqual({
			to: "ada@example.com",
			subject: "Your turn: Lantern is held for you until 18:05 UTC on Saturday, 12 December 2026",
			text: [
				"It is your turn: Lantern is held for you until",
				"18:05 UTC on Saturday, 12 December 2026.",
				"",
				"To buy, open this page in the browser in which you joined the waitlist:",
				"https://shop.example/products/lamp.a_2-x",
				"",
				"What you do not buy by then goes to whoever is next. If you do not want it any more, give it back on the same page:",
				"they need not wait for you.",
				"",
				"You asked Holdfast for this one mail. Your address is not kept, and you need not answer.",
				"",
			].join("\n"),
		});
	});

	it("names an hour of the night and of the morning in the same way", () => {
		expect(mailOf({ untilMs: Date.UTC(2027, 0, 1, 0, 0) }).text).toContain("00:00 UTC on Friday, 1 January 2027.");
		expect(mailOf({ untilMs: Date.UTC(2027, 1, 9, 9, 7) }).text).toContain("09:07 UTC on Tuesday, 9 February 2027.");
	});

	it("counts several units", () => {
		expect(mailOf({ quantity: 3 }).text).toContain("3 × Lantern are held for you until");
	});

	it("has no line of a merchant's making: a title can begin no header and no paragraph", () => {
		const title = "Lamp\r\nBcc: all@example.com\u2028\n\nPay at http://evil.example";
		const mail = mailOf({ title, shopName: "Shop\nFrom: x" });
		expect(mail.subject).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}]/u);
		expect(mail.text.split("\n")).toHaveLength(mailOf().text.split("\n").length);
	});

	it("has a subject of a bounded length, cut between characters", () => {
		const { subject } = mailOf({ title: "🏮".repeat(500) });
		expect(subject).toContain(`${"🏮".repeat(MAX_SUBJECT_TITLE - 1)}… is held`);
		expect([...subject].length).toBeLessThan(200);
	});
});
