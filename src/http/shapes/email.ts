/**
 * Which e-mail addresses are taken: every dot-atom mailbox of RFC 5321 (section 4.1.2) at an ASCII or an
 * internationalised domain, in Unicode or in Punycode. Pure.
 *
 * An address has to reach mail servers and the payment provider, so what they cannot be given is refused: control
 * characters and spaces, which could also begin another header; local parts beyond ASCII, for which every server on the
 * way would need SMTPUTF8 (RFC 6531); quoted local parts and literal IP addresses, which the standard itself advises
 * against; and domains of one label, which no mail exchanger of the public DNS has.
 */
import { z } from "@hono/zod-openapi";
import { MAX_EMAIL } from "../../limits.ts";

/** `Dot-string`: atoms of `atext` (RFC 5322, section 3.2.3). */
const LOCAL_PART = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/;
/** RFC 5321, section 4.5.3.1.1. */
const MAX_LOCAL_PART = 64;

/** What IDNA 2008 may allow in a label: the URL parser then knows what it does allow, and where. */
const LABEL = /^[\p{L}\p{N}](?:(?:[\p{L}\p{M}\p{N}\u00b7\u200c\u30fb-]|\u200d)*[\p{L}\p{M}\p{N}])?$/u;
/** RFC 1035, section 2.3.4. */
const MAX_LABEL = 63;

/** The domain in ASCII, as DNS has it; null when it cannot be one of a public mailbox. */
function asciiDomain(domain: string): string | null {
	if (!domain.split(".").every((label) => LABEL.test(label))) return null;
	// The platform converts by UTS 46, as browsers do. Labels hold no character that means anything else in a URL.
	const ascii = URL.parse(`http://${domain}`)?.hostname ?? "";
	const labels = ascii.split(".");
	const last = labels.at(-1) ?? "";
	// What ends in a number is the address of a machine.
	const isPublic = labels.length > 1 && !/^\d+$/.test(last);
	return isPublic && labels.every((label) => label.length <= MAX_LABEL) ? ascii : null;
}

export function isEmail(text: string): boolean {
	const at = text.lastIndexOf("@");
	const local = text.slice(0, Math.max(0, at));
	if (local.length > MAX_LOCAL_PART || !LOCAL_PART.test(local)) return false;
	const domain = asciiDomain(text.slice(at + 1));
	return domain !== null && local.length + 1 + domain.length <= MAX_EMAIL;
}

/** How an address is looked for. SQLite knows the two cases of A to Z only. */
export const ANY_CASE =
	"Letters from A to Z are found in either case; other ones, and Punycode, as they are in the order.";

/** Kept as it was sent. */
export const Email = z
	.string()
	.max(MAX_EMAIL)
	.refine(isEmail, "an e-mail address, such as ada@example.com")
	.openapi({ format: "idn-email", example: "ada@example.com" });
