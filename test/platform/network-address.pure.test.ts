/** By which part of an address a caller is counted. */
import { expect, it } from "vitest";
import { networkOf } from "../../src/platform/network-address.ts";

it.each([
	["192.0.2.1", "192.0.2.1"],
	["::ffff:192.0.2.1", "192.0.2.1"],
	["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
	["2001:db8:1:2::6", "2001:db8:1:2::/64"],
	["2001:0DB8:0001:0002:ffff:ffff:ffff:ffff", "2001:db8:1:2::/64"],
	["2001:db8::1", "2001:db8:0:0::/64"],
	["2001:db8:0:0:1::", "2001:db8:0:0::/64"],
	["::1", "0:0:0:0::/64"],
	["fe80::1%eth0", "fe80:0:0:0::/64"],
	["unknown", "unknown"],
])("counts %s as %s", (address, network) => {
	expect(networkOf(address)).toBe(network);
});
