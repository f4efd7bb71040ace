/** What stands for one caller of the network. */

/** Groups of an IPv6 address that name the network. The others are the subscriber's own to choose (RFC 6177). */
const NETWORK_GROUPS = 4;

/**
 * The part of an address by which a caller is counted: an IPv4 address whole, and of an IPv6 address the /64, since
 * whoever has one address there has all 2^64. Anything else stands for itself.
 */
export function networkOf(address: string): string {
	if (!address.includes(":")) return address;
	const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address);
	if (mapped !== null) return mapped[1] as string;
	const [head = "", tail] = address.toLowerCase().split("::");
	const before = head === "" ? [] : head.split(":");
	const after = tail === undefined || tail === "" ? [] : tail.split(":");
	const zeros = tail === undefined ? 0 : Math.max(0, 8 - before.length - after.length);
	const groups = [...before, ...Array.from({ length: zeros }, () => "0"), ...after];
	const network = groups.slice(0, NETWORK_GROUPS).map((group) => group.replace(/^0+(?=.)/, ""));
	return `${network.join(":")}::/64`;
}
