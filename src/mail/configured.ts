/**
 * Chooses how this deployment sends mail.
 *
 * On a laptop mail is shown and never sent. A deployment sends it by Cloudflare's Email Service, if it has the binding and
 * an address to send from. Any other deployment sends none, and then takes no addresses either.
 */
import { CloudflareMailer } from "./cloudflare.ts";
import { LogMailer } from "./log.ts";
import type { Mailer } from "./mailer.ts";

export interface MailEnv {
	readonly ENVIRONMENT: string;
	readonly MAIL_FROM: string;
	readonly SHOP_NAME: string;
	/** Absent unless wrangler.toml has the binding. */
	readonly EMAIL?: SendEmail;
}

/** Null for none. */
export function configuredMailer({ ENVIRONMENT, EMAIL, MAIL_FROM, SHOP_NAME }: MailEnv): Mailer | null {
	if (ENVIRONMENT === "local") return new LogMailer();
	return EMAIL === undefined || MAIL_FROM === "" ? null : new CloudflareMailer(EMAIL, MAIL_FROM, SHOP_NAME);
}
