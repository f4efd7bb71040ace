/**
 * A card payment as with Stripe: the buyer's bank has said yes in the browser, and the shop asks the provider whether it
 * did, which takes as long as such a request does.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { AbstractPaymentProvider, ModuleProvider, Modules } from "@medusajs/framework/utils";

const REQUEST_MS = 300;

class Card extends AbstractPaymentProvider {
	static identifier = "card";
	async initiatePayment() {
		return { id: crypto.randomUUID(), data: {} };
	}
	async authorizePayment() {
		await sleep(REQUEST_MS);
		return { data: {}, status: "authorized" };
	}
	async getPaymentStatus() {
		return { data: {}, status: "authorized" };
	}
	async getWebhookActionAndData() {
		return { action: "not_supported" };
	}
	capturePayment = async () => ({ data: {} });
	cancelPayment = async () => ({ data: {} });
	deletePayment = async () => ({ data: {} });
	refundPayment = async () => ({ data: {} });
	retrievePayment = async () => ({ data: {} });
	updatePayment = async () => ({ data: {} });
}

export default ModuleProvider(Modules.PAYMENT, { services: [Card] });
