/** Mail on a laptop: found among the server's lines, shown, and kept as a file. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { mailIn, ShownMails, toMessage } from "../../src/cli/shown-mail.ts";

const MAIL = { to: "ada@example.com", subject: "Your turn: 🏮", text: "Lantern\nhttps://shop.example/products/lamp\n" };
const line = (mail: unknown) => JSON.stringify({ mail });

describe("a line of the server", () => {
	it("is a mail, whatever stands before it", () => {
		expect(mailIn(line(MAIL))).toEqual(MAIL);
		expect(mailIn(`[wrangler] ${line(MAIL)}`)).toEqual(MAIL);
	});

	it.each(["", "GET /health 200 OK", '{"event":"mail-not-sent"}', '{"mail":', line({ to: 1 }), line(null)])(
		"is none when it is %j",
		(text) => expect(mailIn(text)).toBeNull(),
	);
});

describe("a mail", () => {
	it("is a message that mail programs open", () => {
		expect(toMessage(MAIL, new Date(Date.UTC(2026, 10, 26, 16, 5))).split("\r\n")).toEqual([
			"Date: Thu, 26 Nov 2026 16:05:00 +0000",
			"From: shop@localhost",
			"To: ada@example.com",
			"Subject: Your turn: 🏮",
			"MIME-Version: 1.0",
			"Content-Type: text/plain; charset=utf-8",
			"Content-Transfer-Encoding: 8bit",
			"",
			"Lantern",
			"https://shop.example/products/lamp",
			"",
		]);
	});

	it("is shown whole, and kept in a file that only its owner reads, also when two come in one moment", () => {
		const dir = mkdtempSync(join(tmpdir(), "mails-"));
		onTestFinished(() => rmSync(dir, { recursive: true }));
		const mails = new ShownMails(join(dir, "mail"));
		const at = new Date(Date.UTC(2026, 10, 26, 16, 5));
		const shown = [mails.show(MAIL, at), mails.show(MAIL, at)];
		const files = readdirSync(join(dir, "mail"));
		expect(files).toHaveLength(2);
		for (const [i, file] of files.sort().entries()) {
			expect(shown[i]).toContain(file);
			expect(shown[i]).toContain("Mail to ada@example.com (not sent: ");
			expect(shown[i]).toContain("  https://shop.example/products/lamp");
			expect(readFileSync(join(dir, "mail", file), "utf8")).toBe(toMessage(MAIL, at));
			expect(statSync(join(dir, "mail", file)).mode & 0o777).toBe(0o600);
		}
	});
});
