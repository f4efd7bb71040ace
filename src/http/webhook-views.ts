/** The data of events: what the API answers to a merchant, with the version, and without what only a shopper may have. */
import type { Checkout } from "../checkout/rpc.ts";
import { endReasonOf } from "../checkout/status.ts";
import { orderIdOf } from "../ids.ts";
import type { EventViews } from "../operations/announce.ts";
import { time } from "../platform/rfc3339.ts";
import { merchantCheckoutView } from "./shapes/merchant-checkout.ts";
import { adminOrderView } from "./shapes/order.ts";
import { preorderView } from "./shapes/preorder.ts";

function checkoutEventView(c: Checkout) {
	// Where it is paid is for its shopper too, and depends on the address that somebody asked by.
	const { payment, payUrl: _pay, ...checkout } = merchantCheckoutView(c, "");
	// Whoever has these can pay, or call the provider, in the shopper's name.
	const { clientSecret: _, url: _url, ...shown } = { clientSecret: null, url: null, ...payment };
	return {
		...checkout,
		payment: payment && shown,
		endReason: endReasonOf(c),
		version: c.version,
		truncated: false,
	};
}

export const webhookViews: EventViews = {
	order: (order) => ({ ...adminOrderView(order), version: order.version, truncated: false }),
	checkout: checkoutEventView,
	preorder: (preorder) => ({ ...preorderView(preorder), version: preorder.version }),
	dispute: ({ checkoutId, shopperId, sinceMs, version, phase }) => ({
		...{ checkoutId, shopperId, version },
		orderId: phase === "completed" ? orderIdOf(checkoutId) : null,
		since: time(sinceMs),
	}),
};
