/**
 * The mailer of a laptop: prints each mail as one line of JSON, addresses and all, for whoever develops the shop.
 * `npm run dev` shows such a line as a mail and keeps it as a file (`cli/shown-mail.ts`). A deployment never gets this
 * mailer (`configured.ts`), since no log may have an address in it.
 */
import type { Mail, Mailer, MailOutcome } from "./mailer.ts";

export class LogMailer implements Mailer {
	async send({ to, subject, text }: Mail): Promise<MailOutcome> {
		console.log(JSON.stringify({ mail: { to, subject, text } }));
		return { kind: "sent" };
	}
}
