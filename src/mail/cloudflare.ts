/**
 * Sends mail by Cloudflare's Email Service, through a binding of the Worker:
 * https://developers.cloudflare.com/email-service/api/send-emails/workers-api/
 *
 * The service knows no idempotency key, so what matters of an error is whether the mail may have been sent all the same.
 */
import { MAIL_TIMEOUT_MS } from "../limits.ts";
import { withTimeout } from "../platform/timeout.ts";
import type { Mail, Mailer, MailOutcome } from "./mailer.ts";

/** What passes by itself. The service took nothing. */
const LATER: ReadonlySet<string> = new Set(["E_RATE_LIMIT_EXCEEDED", "E_DAILY_LIMIT_EXCEEDED"]);
/** Its own trouble, in which it may have taken the mail. Every other code of the service says that it did not. */
const UNCLEAR: ReadonlySet<string> = new Set(["E_DELIVERY_FAILED", "E_INTERNAL_SERVER_ERROR"]);

export class CloudflareMailer implements Mailer {
	readonly #binding: SendEmail;
	readonly #from: EmailAddress;

	constructor(binding: SendEmail, from: string, shopName: string) {
		this.#binding = binding;
		this.#from = { email: from, name: shopName };
	}

	async send({ to, subject, text }: Mail): Promise<MailOutcome> {
		try {
			const sent = this.#binding.send({ to, from: this.#from, subject, text });
			await withTimeout(sent, MAIL_TIMEOUT_MS, () => new Error("no answer in time"));
			return { kind: "sent" };
		} catch (error) {
			return outcomeOf(error);
		}
	}
}

/** The message of such an error may name the address, and its code never does. */
function outcomeOf(error: unknown): MailOutcome {
	const code = error instanceof Error && "code" in error ? String(error.code) : "";
	if (!/^E_[A-Z_]+$/.test(code)) return { kind: "unclear", reason: "no-answer" };
	return { kind: LATER.has(code) ? "later" : UNCLEAR.has(code) ? "unclear" : "refused", reason: code };
}
