/**
 * Which addresses a webhook is sent to. Pure.
 *
 * A merchant's URL must not make us call what only we can reach. A URL is judged as its parser reads it, which turns
 * every way to write an IPv4 address (decimal, octal, hexadecimal, short) into the usual one. A name is judged by itself:
 * a Worker cannot resolve it, and Cloudflare's network does not lead to a private address that a public name hides.
 */
import { MAX_URL } from "../../limits.ts";

export const ADDRESS_REFUSALS = ["not-a-url", "not-https", "has-credentials", "not-public"] as const;
export type AddressRefusal = (typeof ADDRESS_REFUSALS)[number];

/** @param isLocal on a laptop, where the receiver is one too: any address, also by http */
export function addressRefusal(url: string, isLocal: boolean): AddressRefusal | null {
	const parsed = url.length <= MAX_URL ? URL.parse(url) : null;
	if (parsed === null || (parsed.protocol !== "https:" && parsed.protocol !== "http:")) return "not-a-url";
	if (parsed.username !== "" || parsed.password !== "") return "has-credentials";
	if (isLocal) return null;
	if (parsed.protocol !== "https:") return "not-https";
	return isPublic(parsed.hostname) ? null : "not-public";
}

function isPublic(hostname: string): boolean {
	if (hostname.startsWith("[")) return isPublicIpv6(hostname.slice(1, -1));
	const octets = /^(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(hostname)?.slice(1).map(Number);
	return octets === undefined ? isPublicName(hostname) : isPublicIpv4(toNumber(octets));
}

/** Names that are no names of the internet (RFC 6761, 6762, 8375, 9476), and those that networks of companies use. */
const PRIVATE_SUFFIXES = [
	...["localhost", "local", "internal", "lan", "home", "corp", "intranet", "private", "home.arpa"],
	...["test", "example", "invalid", "onion", "alt"],
];

function isPublicName(hostname: string): boolean {
	const name = hostname.replace(/\.+$/, "");
	if (!name.includes(".")) return false;
	return !PRIVATE_SUFFIXES.some((suffix) => `.${name}`.endsWith(`.${suffix}`));
}

/** Blocks that are not of the public internet: https://www.iana.org/assignments/iana-ipv4-special-registry */
const PRIVATE_IPV4: readonly (readonly [first: readonly [number, number, number, number], bits: number])[] = [
	[[0, 0, 0, 0], 8],
	[[10, 0, 0, 0], 8],
	[[100, 64, 0, 0], 10],
	[[127, 0, 0, 0], 8],
	// Link-local, with the metadata services of clouds.
	[[169, 254, 0, 0], 16],
	[[172, 16, 0, 0], 12],
	[[192, 0, 0, 0], 24],
	[[192, 0, 2, 0], 24],
	[[192, 88, 99, 0], 24],
	[[192, 168, 0, 0], 16],
	[[198, 18, 0, 0], 15],
	[[198, 51, 100, 0], 24],
	[[203, 0, 113, 0], 24],
	// Multicast, reserved and broadcast.
	[[224, 0, 0, 0], 3],
];

const toNumber = (octets: readonly number[]): number => octets.reduce((sum, octet) => sum * 256 + octet);

function isPublicIpv4(address: number): boolean {
	return !PRIVATE_IPV4.some(([first, bits]) => {
		const size = 2 ** (32 - bits);
		const from = toNumber(first);
		return address >= from && address < from + size;
	});
}

/** Only global unicast, 2000::/3, less what is set aside in it or carries an IPv4 address. */
function isPublicIpv6(text: string): boolean {
	const [first, second, third] = groupsOf(text);
	if (!(first >= 0x2000 && first <= 0x3fff)) return false;
	// 2001::/23 are protocols' own (Teredo among them), 2001:db8::/32 and 3fff::/20 are for documentation.
	if (first === 0x2001 && (second < 0x200 || second === 0xdb8)) return false;
	if (first === 0x3fff && second < 0x1000) return false;
	// 6to4: an IPv4 address in the next two groups.
	if (first === 0x2002) return isPublicIpv4(second * 0x1_0000 + third);
	return true;
}

/**
 * The first groups of an IPv6 address as a URL's parser writes it: in hexadecimal, with at most one "::", which is two
 * zeros or more. What begins with it has no first group, but NaN.
 */
const groupsOf = (text: string): readonly [number, number, number] => {
	const groups = text.replace("::", ":0:0:").split(":");
	return groups.map((group) => Number.parseInt(group, 16)) as [number, number, number];
};
