/** Which addresses a webhook is sent to: no redirect helps a merchant's URL to what only we can reach. */
import { describe, expect, it } from "vitest";
import { addressRefusal } from "../../src/webhooks/rules/address.ts";

const PRIVATE = [
	// Loopback, and every way to write it.
	..."127.0.0.1 127.1 127.255.255.254 2130706433 0x7f000001 0x7f.1 0177.0.0.1 017700000001 127.0.0.1. 0 0.0.0.0".split(
		" ",
	),
	..."[::1] [::] [0:0:0:0:0:0:0:1] [::ffff:127.0.0.1] [::ffff:7f00:1] [::127.0.0.1] [64:ff9b::7f00:1]".split(" "),
	// Private, shared and link-local networks, and the metadata services of clouds.
	..."10.0.0.1 10.255.255.255 172.16.0.1 172.31.255.255 192.168.1.1 100.64.0.1 100.127.255.255".split(" "),
	..."169.254.169.254 169.254.0.1 2852039166 0xa9fea9fe 0251.0376.0251.0376 [::ffff:169.254.169.254]".split(" "),
	..."[fd00:ec2::254] [fc00::1] [fdff::1] [fe80::1] [febf::1] [fec0::1] [ff02::1]".split(" "),
	..."metadata.google.internal metadata instance-data".split(" "),
	// Addresses that carry an IPv4 address.
	..."[2002:7f00:1::] [2002:a00:1::] [2002:c0a8:101::1] [2001:0:7f00:1::] [::ffff:0:a00:1]".split(" "),
	// Reserved, multicast and for documentation.
	..."192.0.0.1 192.0.2.1 192.88.99.1 198.18.0.1 198.19.255.255 198.51.100.1 203.0.113.1".split(" "),
	..."224.0.0.1 239.1.1.1 240.0.0.1 255.255.255.255 [2001:db8::1] [3fff::1]".split(" "),
	// Names of no public network.
	..."localhost LOCALHOST localhost. shop.localhost db.internal DB.INTERNAL printer.local nas.lan router.home".split(
		" ",
	),
	..."wiki.corp intranet host.home.arpa kubernetes.default.svc.cluster.local x.test x.invalid x.onion".split(" "),
	// Full-width digits and dots are the usual ones to a URL's parser.
	"１２７.０.０.１",
	"127。0。0。1",
];

const PUBLIC = [
	..."erp.example.com hooks.slack.com xn--bcher-kva.example.net 8.8.8.8 1.1.1.1 172.32.0.1 172.15.0.1".split(" "),
	..."100.63.255.255 100.128.0.1 169.253.0.1 192.0.1.1 198.20.0.1 223.255.255.255 134744072".split(" "),
	..."[2606:4700:4700::1111] [2a00:1450:4001::1] [2001:4860:4860::8888] [2002:808:808::1]".split(" "),
	..."internal.example.com local.example.org localhost.example.com 10.example.com bücher.de".split(" "),
];

describe("an address of a webhook", () => {
	it.each(PRIVATE)("is refused when only we can reach it: %s", (host) => {
		for (const url of [`https://${host}/hook`, `https://${host}:8443/`])
			expect(addressRefusal(url, false), url).toBe("not-public");
	});

	it.each(PUBLIC)("is taken when it is public: %s", (host) => {
		expect(addressRefusal(`https://${host}/hook?key=1`, false)).toBeNull();
	});

	it.each([
		["http://erp.example.com/", "not-https"],
		["http://127.0.0.1/", "not-https"],
		["ftp://erp.example.com/", "not-a-url"],
		["file:///etc/passwd", "not-a-url"],
		["javascript:alert(1)", "not-a-url"],
		["//erp.example.com/", "not-a-url"],
		["erp.example.com", "not-a-url"],
		["https://", "not-a-url"],
		["https://[::1", "not-a-url"],
		["https://256.256.256.256/", "not-a-url"],
		["https://user@erp.example.com/", "has-credentials"],
		["https://user:secret@erp.example.com/", "has-credentials"],
		["https://erp.example.com@127.0.0.1/", "has-credentials"],
		[`https://erp.example.com/${"x".repeat(2_000)}`, "not-a-url"],
	])("is refused: %s is %s", (url, refusal) => {
		expect(addressRefusal(url, false)).toBe(refusal);
	});

	it("may be any on a laptop, but no other scheme, and without a password", () => {
		for (const host of [...PRIVATE, ...PUBLIC])
			expect(addressRefusal(`http://${host}:3000/hook`, true), host).toBeNull();
		expect(addressRefusal("ftp://localhost/", true)).toBe("not-a-url");
		expect(addressRefusal("http://user:secret@localhost/", true)).toBe("has-credentials");
	});
});
