/** What Holdfast writes to shoppers: every English text of its mails, and how they are put together. Pure. */
import { MAX_SUBJECT_TITLE } from "../limits.ts";
import type { Mail } from "./mailer.ts";

export interface PromotionFacts {
	readonly to: string;
	readonly shopName: string;
	readonly title: string;
	readonly quantity: number;
	/** When the units go to whoever is next. */
	readonly untilMs: number;
	readonly sku: string;
	/** Of the shop's pages. */
	readonly origin: string;
}

/**
 * Tells that it is the shopper's turn. The link has no token in it: mail is forwarded, and scanners follow every link. The
 * page that it opens knows the shopper by the token that their browser has.
 */
export function promotionMail(facts: PromotionFacts): Mail {
	const { to, shopName, quantity, untilMs, sku, origin } = facts;
	const title = oneLine(facts.title);
	const units = quantity === 1 ? title : `${quantity} × ${title}`;
	const until = timeText(untilMs);
	const text = [
		`It is your turn: ${units} ${quantity === 1 ? "is" : "are"} held for you until`,
		`${until}.`,
		"",
		"To buy, open this page in the browser in which you joined the waitlist:",
		`${origin}/products/${encodeURIComponent(sku)}`,
		"",
		"What you do not buy by then goes to whoever is next. If you do not want it any more, give it back on the same page:",
		"they need not wait for you.",
		"",
		`You asked ${oneLine(shopName)} for this one mail. Your address is not kept, and you need not answer.`,
		"",
	].join("\n");
	return { to, subject: `Your turn: ${shortened(title)} is held for you until ${until}`, text };
}

/** In UTC, and saying so: nobody knows where the reader is. */
function timeText(atMs: number): string {
	const at = new Intl.DateTimeFormat("en-GB", {
		...{ timeZone: "UTC", hourCycle: "h23", hour: "2-digit", minute: "2-digit" },
		...{ weekday: "long", day: "numeric", month: "long", year: "numeric" },
	});
	const part = Object.fromEntries(at.formatToParts(atMs).map(({ type, value }) => [type, value]));
	const { hour, minute, weekday, day, month, year } = part;
	return `${hour}:${minute} UTC on ${weekday}, ${day} ${month} ${year}`;
}

/** What merchants name a product is text, and not the beginning of another header or of another paragraph. */
const oneLine = (text: string): string => text.replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, " ").trim();

function shortened(title: string): string {
	const characters = [...title];
	return characters.length <= MAX_SUBJECT_TITLE ? title : `${characters.slice(0, MAX_SUBJECT_TITLE - 1).join("")}…`;
}
