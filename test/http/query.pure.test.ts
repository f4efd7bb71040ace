/** What is wrong with a query, whatever its parameters mean. `bad-address.test.ts` sends such queries to every route. */
import { describe, expect, it } from "vitest";
import { queryFault } from "../../src/http/query.ts";

const PARAMETERS = new Set(["limit", "status"]);

describe("queryFault", () => {
	it.each([
		"",
		"&",
		"limit=1",
		"limit=",
		"limit",
		"status=a&limit=1",
		"&&limit=1&",
		"li%6Dit=1",
		"status=a+b",
		"status=a=b",
	])("finds nothing wrong with %j", (query) => {
		expect(queryFault(query, PARAMETERS)).toBeNull();
	});

	it.each([
		["stauts=paid", "stauts", "is not a parameter of this address"],
		["Limit=1", "Limit", "is not a parameter of this address"],
		["limit[]=1", "limit[]", "is not a parameter of this address"],
		["limit%3D1", "limit=1", "is not a parameter of this address"],
		["limit=1&%73tauts=1", "stauts", "is not a parameter of this address"],
		["limit=1&limit=1", "limit", "comes twice"],
		["limit=1&status=a&lim%69t=2", "limit", "comes twice"],
		["status=%", "status", "must be percent-encoded UTF-8"],
		["status=%ED%A0%80", "status", "must be percent-encoded UTF-8"],
		["status=a=%FF", "status", "must be percent-encoded UTF-8"],
		["%FF=1", "%FF", "must be percent-encoded UTF-8"],
	])("finds in %j that %s %s", (query, name, message) => {
		expect(queryFault(query, PARAMETERS)).toEqual({ path: [name], message });
	});
});
