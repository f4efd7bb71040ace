/** The port of outgoing mail. */

export interface Mail {
	readonly to: string;
	/** One line. */
	readonly subject: string;
	/** Plain text: it can be read everywhere, and nothing in it is fetched or followed unasked. */
	readonly text: string;
}

export type MailOutcome =
	| { readonly kind: "sent" }
	/** Surely not sent, and it may be tried again. `reason` is the service's own short word, and names nobody. */
	| { readonly kind: "later"; readonly reason: string }
	/** Not sent, and it never will be. */
	| { readonly kind: "refused"; readonly reason: string }
	/** There was no answer, or none that says whether it was sent. */
	| { readonly kind: "unclear"; readonly reason: string };

export interface Mailer {
	/** Sends one mail. Never throws. */
	send(mail: Mail): Promise<MailOutcome>;
}
