/** Which addresses a webhook is sent to: no redirect helps a merchant's URL to what only we can reach. */
import { describe, expect, it } from "vitest";
import { MAX_URL } from "../../src/limits.ts";
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
	..."wiki.corp intranet hr.intranet db.private home.arpa host.home.arpa kubernetes.default.svc.cluster.local".split(
		" ",
	),
	..."x.test x.example x.invalid x.onion x.alt localhost.. db.internal.".split(" "),
	// Full-width digits and dots are the usual ones to a URL's parser.
	"１２７.０.０.１",
	"127。0。0。1",
];

const PUBLIC = [
	..."erp.example.com hooks.slack.com xn--bcher-kva.example.net 8.8.8.8 1.1.1.1 172.32.0.1 172.15.0.1".split(" "),
	..."100.63.255.255 100.128.0.1 169.253.0.1 192.0.1.1 198.20.0.1 223.255.255.255 134744072".split(" "),
	..."[2606:4700:4700::1111] [2a00:1450:4001::1] [2001:4860:4860::8888] [2002:808:808::1]".split(" "),
	..."[2a00::1] [2a00:a00:1::1] [2a00:db8::1] [2400:1::1]".split(" "),
	..."internal.example.com local.example.org localhost.example.com 10.example.com bücher.de erp.example.com.".split(
		" ",
	),
	..."nointernal.com notlocal.example.com example.nolocal 10.0.0.1.example.com".split(" "),
];

/** IANA's registries of special addresses: the first and the last of each block, between the public ones next to it. */
const BLOCKS = [
	["", "0.0.0.0", "0.255.255.255", "1.0.0.0"],
	["9.255.255.255", "10.0.0.0", "10.255.255.255", "11.0.0.0"],
	["100.63.255.255", "100.64.0.0", "100.127.255.255", "100.128.0.0"],
	["126.255.255.255", "127.0.0.0", "127.255.255.255", "128.0.0.0"],
	["169.253.255.255", "169.254.0.0", "169.254.255.255", "169.255.0.0"],
	["172.15.255.255", "172.16.0.0", "172.31.255.255", "172.32.0.0"],
	["191.255.255.255", "192.0.0.0", "192.0.0.255", "192.0.1.0"],
	["192.0.1.255", "192.0.2.0", "192.0.2.255", "192.0.3.0"],
	["192.88.98.255", "192.88.99.0", "192.88.99.255", "192.88.100.0"],
	["192.167.255.255", "192.168.0.0", "192.168.255.255", "192.169.0.0"],
	["198.17.255.255", "198.18.0.0", "198.19.255.255", "198.20.0.0"],
	["198.51.99.255", "198.51.100.0", "198.51.100.255", "198.51.101.0"],
	["203.0.112.255", "203.0.113.0", "203.0.113.255", "203.0.114.0"],
	["223.255.255.255", "224.0.0.0", "255.255.255.255", ""],
	["", "[::]", "[1fff:ffff::]", "[2000::]"],
	["[2000:ffff::]", "[2001::]", "[2001:1ff:ffff::]", "[2001:200::]"],
	["[2001:db7:ffff::]", "[2001:db8::]", "[2001:db8:ffff::]", "[2001:db9::]"],
	["[2002:c611:ffff::]", "[2002:c612::]", "[2002:c613:ffff::]", "[2002:c614::]"],
	["[2002:c633:63ff::]", "[2002:c633:6400::]", "[2002:c633:64ff::]", "[2002:c633:6500::]"],
	["[3ffe:ffff::]", "[3fff::]", "[3fff:fff:ffff::]", "[3fff:1000::]"],
	["[3fff:ffff::]", "[4000::]", "[ffff:ffff::]", ""],
] as const;

describe("an address of a webhook", () => {
	it.each(PRIVATE)("is refused when only we can reach it: %s", (host) => {
		for (const url of [`https://${host}/hook`, `https://${host}:8443/`])
			expect(addressRefusal(url, false), url).toBe("not-public");
	});

	it.each(PUBLIC)("is taken when it is public: %s", (host) => {
		expect(addressRefusal(`https://${host}/hook?key=1`, false)).toBeNull();
	});

	it.each(BLOCKS)(
		"is refused in a block that is set aside, and taken beside it: %s, %s to %s, %s",
		(before, from, to, after) => {
			const refusal = (host: string) => addressRefusal(`https://${host}/`, false);
			expect([from, to].map(refusal)).toEqual(["not-public", "not-public"]);
			for (const host of [before, after]) if (host !== "") expect(refusal(host), host).toBeNull();
		},
	);

	it("is refused when it is longer than a URL may be", () => {
		const url = "https://erp.example.com/".padEnd(MAX_URL, "x");
		expect(addressRefusal(url, false)).toBeNull();
		expect(addressRefusal(`${url}x`, false)).toBe("not-a-url");
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
		["https://:secret@erp.example.com/", "has-credentials"],
		["https://erp.example.com@127.0.0.1/", "has-credentials"],
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
