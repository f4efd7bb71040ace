/**
 * What the Worker and its objects log: one JSON object a line, with an event of a short list. The runbook
 * (`src/operations/README.md`) says of each event what it means and what to do.
 *
 * No e-mail address, token or secret may stand in a log. Callers name SKUs, checkouts and shoppers by their ids. What an
 * error of somebody else says may have anything in it, so what looks like one of those is taken out here as well.
 */

/** Each event, and how loud it is. An `error` is worth a look when it repeats; a `warn` says what was found or waits. */
const LEVELS = {
	/** An error that no rule foresaw; the caller got 500. */
	"request-failed": "error",
	/** D1 cannot be read; what is remembered is served. */
	"catalogue-unreadable": "error",
	/** A batch of records was not written; it is delivered again. */
	"records-not-written": "error",
	/** One record was refused by D1 alone; its sender sends it again. */
	"record-refused": "error",
	/** Pre-orders of a SKU could not be sent to the queue; they are sent again. */
	"preorders-not-sent": "error",
	/** The alarm of an object failed; it is set anew. */
	"alarm-failed": "error",
	/** A checkout failed while nobody waited for it; its alarm goes on. */
	"checkout-failed": "error",
	/** An effect of a checkout was not done and is tried again. */
	"effect-put-off": "error",
	/** The sweep found something that should not be. */
	"sweep-found": "warn",
	/** An object did not answer the sweep or the reconciliation. */
	"object-not-answering": "warn",
	/** A hold was not counted against the number of SKUs that a shopper may hold. */
	"hold-not-counted": "warn",
	/** A gate of a hot SKU failed; the SKU's object was asked in its place. */
	"gate-failed": "warn",
	/** Cloudflare Access's keys cannot be fetched. */
	"access-keys-unavailable": "warn",
	/** Events could not be made of what the queue carried; their senders send it again. */
	"records-not-announced": "error",
	/** A webhook's object did not take events; their senders send them again. */
	"webhook-not-reached": "error",
	/** What a SKU tells webhooks could not be sent to the queue; it is sent again. */
	"news-not-sent": "error",
	/** D1 did not take the copy of a webhook; its object sends it again. */
	"webhook-not-recorded": "error",
	/** D1 did not say who listens to events; what was known goes on for a while. */
	"listeners-unknown": "warn",
	/** Mails to be sent could not be told to the queue; it is told again. */
	"mails-not-queued": "error",
	/** A mail was not sent, or nobody knows whether it was. */
	"mail-not-sent": "error",
	/** A webhook was disabled: its receiver is gone, or fails for days. */
	"webhook-disabled": "warn",
	/** Cloudflare Turnstile did not say yes or no. */
	"challenge-unavailable": "warn",
} as const satisfies Readonly<Record<string, "error" | "warn">>;

export type LogEvent = keyof typeof LEVELS;
export const LOG_EVENTS = Object.keys(LEVELS) as readonly LogEvent[];

/** Writes one line. @param fields ids, counts and what an error says; `undefined` is left out */
export function log(event: LogEvent, fields: Readonly<Record<string, unknown>> = {}): void {
	const line = JSON.stringify({ event, ...fields }, (_, value: unknown) =>
		typeof value === "string" ? withoutSecrets(value) : value,
	);
	console[LEVELS[event]](line);
}

/** E-mail addresses, JSON web tokens, and the keys of Stripe and of Standard Webhooks. */
const SECRETS = [
	/[^\s"'<>]+@[^\s"'<>]+/g,
	/\beyJ[\w-]+\.[\w-]+\.[\w-]*/g,
	/\b(?:sk|rk|whsec)_[\w+/=-]+/g,
	/\bBearer +\S+/gi,
];

const withoutSecrets = (text: string): string => SECRETS.reduce((left, secret) => left.replace(secret, "[…]"), text);
