/** Which e-mail addresses are taken, and which are refused because no mail can be sent there. */
import { describe, expect, it } from "vitest";
import { Email, isEmail } from "../../src/http/shapes/email.ts";

describe("isEmail", () => {
	it.each([
		"ada@example.com",
		"a@b.co",
		"Ada.Lovelace+shop@mail.example.co.uk",
		"user@xn--e1afmkfd.xn--p1ai",
		"user@пример.рф",
		"user@例え.テスト",
		"user@bücher.example",
		"user@xn--bcher-kva.example",
		"user@نامه‌ای.example",
		"user@EXAMPLE.COM",
		"user@example.museum",
		"user@1and1.example",
		"user@3m.example",
		"user@a--b.example",
		"a&b@example.com",
		"customer/department=shipping@example.com",
		"user#1@example.com",
		"$A12345@example.com",
		"!def!xyz%abc@example.com",
		"_somename@example.com",
		"o'brien@example.com",
		"{a|b}~^`?*@example.com",
		"-@example.com",
		`${"a".repeat(64)}@example.com`,
		`a@${"b".repeat(63)}.example`,
		`a@${Array(12).fill("b".repeat(19)).join(".")}.example.com`,
	])("takes %s", (address) => {
		expect(isEmail(address)).toBe(true);
		expect(Email.parse(address)).toBe(address);
	});

	it.each([
		["nothing", ""],
		["no domain", "ada@"],
		["no local part", "@example.com"],
		["no at sign", "ada.example.com"],
		["two at signs", "ada@@example.com"],
		["an at sign in the local part", "a@b@example.com"],
		["a space", "a b@example.com"],
		["a space in front", " ada@example.com"],
		["a newline at the end", "ada@example.com\n"],
		["another header", "ada@example.com\r\nBcc: eve@example.com"],
		["another recipient", "ada@example.com,eve@example.com"],
		["a NUL", "ada\0@example.com"],
		["a control character in the domain", "ada@exam\u0001ple.com"],
		["a name before it", "Ada <ada@example.com>"],
		["a dot in front", ".ada@example.com"],
		["a dot at the end of the local part", "ada.@example.com"],
		["two dots", "a..b@example.com"],
		["a quoted local part", '"ada"@example.com'],
		["a comment", "ada(shop)@example.com"],
		["a local part beyond ASCII", "ádá@example.com"],
		["a local part of 65 characters", `${"a".repeat(65)}@example.com`],
		["a label of 64 characters", `a@${"b".repeat(64)}.example`],
		["a label that is too long in Punycode", `a@${"б".repeat(60)}.example`],
		["255 characters", `a@${Array(13).fill("b".repeat(18)).join(".")}.example`],
		["255 characters in Punycode", `${"a".repeat(60)}@${Array(8).fill("б".repeat(17)).join(".")}.example`],
		["one label", "ada@localhost"],
		["a dot at the end", "ada@example.com."],
		["an empty label", "ada@example..com"],
		["a hyphen in front of a label", "ada@-example.com"],
		["a hyphen at the end of a label", "ada@example-.com"],
		["an underscore in the domain", "ada@exa_mple.com"],
		["an IP address", "ada@192.0.2.1"],
		["an IP address in hexadecimal", "ada@0xc0.0x2.0x1"],
		["a literal address", "ada@[192.0.2.1]"],
		["a port", "ada@example.com:25"],
		["a path", "ada@example.com/x"],
		["a percent code", "ada@ex%61mple.com"],
		["Punycode of nothing", "ada@xn--.com"],
		["an emoji", "ada@🍵.example"],
		["a full stop of another script", "ada@example。com"],
		["an invisible character at the end", "ada@example.com\u200b"],
		["half of a surrogate pair", "ada@\ud800.example"],
	])("refuses %s", (_, address) => {
		expect(isEmail(address)).toBe(false);
		expect(Email.safeParse(address).success).toBe(false);
	});
});
