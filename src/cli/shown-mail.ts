/**
 * Mail on a laptop: nobody gets it. The Worker prints each mail as a line of JSON (`mail/log.ts`); here the line becomes
 * a mail that can be read in the terminal, and a file that any mail program opens.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { z } from "zod";

const Line = z.object({ mail: z.object({ to: z.string(), subject: z.string(), text: z.string() }) });
const START = '{"mail":';

type ShownMail = z.output<typeof Line>["mail"];

/** The mail that a line of the server's output is; null for any other line. */
export function mailIn(line: string): ShownMail | null {
	const at = line.indexOf(START);
	if (at < 0) return null;
	try {
		return Line.parse(JSON.parse(line.slice(at))).mail;
	} catch {
		return null;
	}
}

/** A message of RFC 5322, in UTF-8 (RFC 6532). */
export function toMessage({ to, subject, text }: ShownMail, at: Date): string {
	const lines = [
		`Date: ${at.toUTCString().replace("GMT", "+0000")}`,
		"From: shop@localhost",
		`To: ${to}`,
		`Subject: ${subject}`,
		"MIME-Version: 1.0",
		"Content-Type: text/plain; charset=utf-8",
		"Content-Transfer-Encoding: 8bit",
		"",
		...text.split("\n"),
	];
	return lines.join("\r\n");
}

/** Keeps the mails of one server in a directory. */
export class ShownMails {
	readonly #dir: string;
	#count = 0;

	constructor(dir: string) {
		this.#dir = dir;
	}

	/** Writes the mail into a file that only its owner may read. @returns what the terminal shows of it */
	show(mail: ShownMail, at = new Date()): string {
		mkdirSync(this.#dir, { recursive: true });
		this.#count += 1;
		const file = join(this.#dir, `${at.toISOString().replaceAll(":", "-")}-${this.#count}.eml`);
		writeFileSync(file, toMessage(mail, at), { mode: 0o600 });
		const text = mail.text.trimEnd().split("\n");
		return [
			"",
			`Mail to ${mail.to} (not sent: ${relative(process.cwd(), file)})`,
			`  ${mail.subject}`,
			"",
			...text.map((line) => `  ${line}`.trimEnd()),
			"",
		].join("\n");
	}
}
