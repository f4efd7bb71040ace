/**
 * What each problem means and what to do about it, for whoever opens the address in its `type`: a person who builds a
 * page on the API, or sees the problem in a log. One text for each name: a problem without one does not compile.
 */
import type { ProblemName } from "./problems.ts";

interface ProblemText {
	readonly means: string;
	/** What the page or the server that gets it should do. */
	readonly next: string;
}

const FIX_THE_CALLER = "Do not send the same request again: it will be refused again.";

export const PROBLEM_TEXTS = {
	"invalid-request": {
		means: "A part of the request is missing, of another type or out of bounds. `detail` names the first such part.",
		next: `Mark the fields that \`errors\` names, and let the shopper correct them. ${FIX_THE_CALLER}`,
	},
	"idempotency-key-missing": {
		means: "The call creates something, and without a key a request that is repeated would create it twice.",
		next: "Make a new Idempotency-Key for each new request, and send the same one when you repeat that request.",
	},
	"bad-signature": {
		means: "The webhook was not signed with the secret that this shop has, or it was signed too long ago.",
		next: "Compare the webhook secret of the deployment with the one that the payment provider shows.",
	},
	unauthorized: {
		means: "The token is missing, wrong or has run out.",
		next: "A shopper gets a new one by `POST /v1/shoppers`, or from the merchant's server. A merchant signs in again.",
	},
	"challenge-required": {
		means:
			"This shop asks for a challenge of Cloudflare Turnstile before it makes a new shopper. `siteKey` is the widget's.",
		next: "Show the widget with this site key, and send what it gives as `turnstileToken`. The shop's own pages do so.",
	},
	"challenge-failed": {
		means: "The challenge was not solved, or its answer was used once before or is older than five minutes.",
		next: "Show the widget again, and send its new answer.",
	},
	"not-found": {
		means: "Nothing answers at this address.",
		next: "Compare the address with the API reference.",
	},
	"unknown-sku": {
		means: "No product has this SKU, or it is archived and the shopper has nothing of it.",
		next: "Show that the product is not for sale here, and take it out of the bag.",
	},
	"no-reservation": {
		means: "The shopper holds no units of this SKU and does not wait for any.",
		next: "Say how the last reservation ended, from `lastStatus`, and offer to reserve again.",
	},
	"unknown-checkout": {
		means: "The shopper has no checkout with this id. One that was refused is not kept.",
		next: "Go back to the bag, and open a new checkout.",
	},
	"unknown-order": {
		means: "The shopper has no order with this id.",
		next: "Show the list of the shopper's orders. An order belongs to the token that it was bought with.",
	},
	"unknown-payment": {
		means: "The sandbox has no payment with this id.",
		next: "Take the id from the checkout's `payment`.",
	},
	"unknown-preorder": {
		means: "No pre-order with this id was paid, or the database does not have it yet.",
		next: "Take the id from the list of pre-orders. One that was just paid is listed after a moment.",
	},
	"method-not-allowed": {
		means: "The address exists, and does not answer this method.",
		next: "Use one of the methods that the header `Allow` names.",
	},
	"sold-out": {
		means:
			"There are not as many free units as were asked for. Shoppers may be holding some that they will not pay for.",
		next:
			"Offer the waitlist (`wait: true`), or the pre-order if `preorder` is there. With `Retry-After`, units may come " +
			"back by then.",
	},
	"limit-exceeded": {
		means:
			"The merchant limits how many units one shopper may have. What was bought and what is pre-ordered counts too.",
		next: "Say what the limit is, and offer what is left of it: `limit` less `owned`.",
	},
	"too-many-held": {
		means: "The shopper holds or waits for units of as many SKUs as one shopper may at once.",
		next: "Ask them to pay for some or to give some back, and then to try again.",
	},
	"sale-not-open": {
		means: "The sale of this SKU has not begun, or is over.",
		next: "Show a clock until `saleStartsAt`, by the server's time, or say that the sale is over.",
	},
	"terms-changed": {
		means: "The shopper accepted other terms of the pre-order than the present ones. Nothing was ordered.",
		next: "Show the terms in `preorder`, and send their `termsVersion` when the shopper has accepted them.",
	},
	"in-checkout": {
		means: "The units are in a checkout that is not paid yet, so the reservation cannot be changed.",
		next: "Lead the shopper back to that checkout, or cancel it first.",
	},
	"not-held": {
		means: "The shopper waits for the units and does not hold them, so there is no time to extend.",
		next: "Show the place on the waitlist.",
	},
	"extension-limit": {
		means:
			"The hold was extended as often as the merchant allows, or for as long as others who were refused must wait.",
		next: "Ask the shopper to pay before the clock ends.",
	},
	"already-sold": {
		means: "The units were bought, so they cannot be given back as a reservation.",
		next: "Show the order. A refund is up to the merchant.",
	},
	"lines-unavailable": {
		means: "At least one line of the checkout cannot be had, so none was taken. `lines` says why for each.",
		next: "Show the reason at each line. Send `partial: true` to buy the others.",
	},
	"not-refundable": {
		means: "The order does not have as many units left to refund as were asked for.",
		next: "Read the order again, and refund at most `refundable` units.",
	},
	"payment-disputed": {
		means: "The shopper's bank has taken the money back or may do so, and a refund now could pay twice.",
		next: "Answer the dispute at the payment provider. Refund when it is settled.",
	},
	"preorder-filled": {
		means: "The units of the pre-order have come, so it is an order now.",
		next: "Refund the order that `orderId` names instead.",
	},
	"not-cancellable": {
		means: "The checkout was paid, so it cannot be called off.",
		next: "Show the order. A refund is up to the merchant.",
	},
	"on-hand-changed": {
		means: "Other units are on hand than the request expected, so nothing was changed.",
		next: "Read the stock, count again if need be, and send the request with the new `ifOnHand`.",
	},
	"below-held": {
		means: "The adjustment would take units that shoppers hold.",
		next: "Adjust by less, wait for the holds to end, or send `force: true`, which sends the newest holders to the waitlist.",
	},
	"payment-not-payable": {
		means: "The payment was called off, so it cannot be paid.",
		next: "Open a new checkout.",
	},
	"incident-impossible": {
		means: "The sandbox cannot play this incident for the payment as it is now.",
		next: "Bring the payment into the state that the incident needs, and play it then.",
	},
	"precondition-failed": {
		means: "It was changed since it was read, so the tag in `If-Match` is no longer right. Nothing was done.",
		next: "Read it again, show what has changed, and let the person decide anew.",
	},
	"body-too-large": {
		means: "The body of the request has more bytes than this API reads.",
		next: `Send less, or send it in several requests. ${FIX_THE_CALLER}`,
	},
	"unsupported-media-type": {
		means: "The body is not declared as JSON.",
		next: "Send it with `Content-Type: application/json`.",
	},
	"upgrade-required": {
		means: "The address is a WebSocket's, and the request was an ordinary one.",
		next: "Open it with `new WebSocket(…)`, or poll the product instead.",
	},
	"idempotency-key-reused": {
		means: "The key was sent before with another body. What it stands for then was not done again.",
		next: "Make a new key for a new request. The same key is for the same request only.",
	},
	"payment-refused": {
		means: "The payment provider does not accept such a payment. `reason` says what is wrong with it.",
		next: "Ask for another e-mail address if that is the reason. An amount or a currency is the merchant's to change.",
	},
	"too-many-requests": {
		means: "This shopper or this address has asked more often than it may.",
		next: "Wait for the seconds in `Retry-After`, and ask again.",
	},
	"internal-error": {
		means: "The error is the shop's own, and was logged. Whether the request took effect is not known.",
		next: "Read before you repeat anything, and repeat it with the same Idempotency-Key. Name the `requestId` to the shop.",
	},
	"not-configured": {
		means: "The deployment lacks a secret, a payment provider or the tables of its database. `detail` names what.",
		next: "Its operator has to add that. Nothing that was asked for has happened.",
	},
	"temporarily-unavailable": {
		means: "The shop cannot answer just now: too many ask at once, or a part of it does not answer.",
		next: "Repeat the request after the seconds in `Retry-After`, with the same Idempotency-Key if it has one.",
	},
} as const satisfies Record<ProblemName, ProblemText>;
