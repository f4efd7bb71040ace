/** How a deployment sends mail, if it does, and what an error of the service says of whether the mail was sent. */
import { afterEach, describe, expect, it, vi } from "vitest";
import { MAIL_TIMEOUT_MS } from "../../src/limits.ts";
import { CloudflareMailer } from "../../src/mail/cloudflare.ts";
import { configuredMailer } from "../../src/mail/configured.ts";
import { LogMailer } from "../../src/mail/log.ts";

const MAIL = { to: "ada@example.com", subject: "Your turn", text: "Lantern" };
const binding = (send: (mail: unknown) => Promise<unknown>) => ({ send }) as unknown as SendEmail;
const accepting = binding(async () => ({ messageId: "m-1" }));

afterEach(() => {
	vi.restoreAllMocks();
	vi.useRealTimers();
});

describe("a deployment", () => {
	const production = { ENVIRONMENT: "production", MAIL_FROM: "", SHOP_NAME: "Holdfast" };

	it.each([
		{ with: "nothing set", env: production, mailer: null },
		{ with: "an address alone", env: { ...production, MAIL_FROM: "a@example.com" }, mailer: null },
		{ with: "a binding alone", env: { ...production, EMAIL: accepting }, mailer: null },
		{
			with: "both",
			env: { ...production, EMAIL: accepting, MAIL_FROM: "a@example.com" },
			mailer: CloudflareMailer,
		},
		{ with: "nothing but a laptop", env: { ...production, ENVIRONMENT: "local" }, mailer: LogMailer },
		{
			with: "both on a laptop",
			env: { ENVIRONMENT: "local", EMAIL: accepting, MAIL_FROM: "a@example.com", SHOP_NAME: "Holdfast" },
			mailer: LogMailer,
		},
	])("with $with sends by $mailer", ({ env, mailer }) => {
		const configured = configuredMailer(env);
		expect(configured?.constructor ?? null).toBe(mailer);
	});
});

describe("the mailer of a laptop", () => {
	it("prints the mail as one line", async () => {
		const printed = vi.spyOn(console, "log").mockImplementation(() => {});
		expect(await new LogMailer().send({ ...MAIL, text: "a\nb" })).toEqual({ kind: "sent" });
		expect(printed.mock.calls).toEqual([[JSON.stringify({ mail: { ...MAIL, text: "a\nb" } })]]);
	});
});

describe("Cloudflare's mailer", () => {
	it("sends plain text from the shop", async () => {
		const send = vi.fn(async () => ({ messageId: "m-1" }));
		const mailer = new CloudflareMailer(binding(send), "shop@example.com", "Night Shop");
		expect(await mailer.send(MAIL)).toEqual({ kind: "sent" });
		expect(send.mock.calls).toEqual([[{ ...MAIL, from: { email: "shop@example.com", name: "Night Shop" } }]]);
	});

	it.each([
		["E_RATE_LIMIT_EXCEEDED", "later"],
		["E_DAILY_LIMIT_EXCEEDED", "later"],
		["E_SENDER_NOT_VERIFIED", "refused"],
		["E_RECIPIENT_SUPPRESSED", "refused"],
		["E_VALIDATION_ERROR", "refused"],
		["E_DELIVERY_FAILED", "unclear"],
		["E_INTERNAL_SERVER_ERROR", "unclear"],
	])("takes %s for a mail that is %s", async (code, kind) => {
		const failing = binding(async () => Promise.reject(Object.assign(new Error("no: ada@example.com"), { code })));
		expect(await new CloudflareMailer(failing, "a@example.com", "S").send(MAIL)).toEqual({ kind, reason: code });
	});

	it.each([
		["an error without a code", new Error("ada@example.com is gone")],
		["an error with a code of somebody else", Object.assign(new Error("?"), { code: "ada@example.com" })],
		["what is no error", "ada@example.com"],
	])("takes %s for no answer, and repeats nothing of it", async (_, error) => {
		const failing = binding(() => Promise.reject(error));
		const outcome = await new CloudflareMailer(failing, "a@example.com", "S").send(MAIL);
		expect(outcome).toEqual({ kind: "unclear", reason: "no-answer" });
	});

	it("does not wait for ever, and does not know then", async () => {
		vi.useFakeTimers();
		const hanging = new CloudflareMailer(
			binding(() => new Promise(() => {})),
			"a@example.com",
			"S",
		).send(MAIL);
		await vi.advanceTimersByTimeAsync(MAIL_TIMEOUT_MS);
		expect(await hanging).toEqual({ kind: "unclear", reason: "no-answer" });
	});
});
