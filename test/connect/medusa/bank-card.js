/** Cards in Medusa as with Stripe: the buyer's browser confirms a payment at the bank, and Medusa asks what came of it. */
import { AbstractPaymentProvider, ModuleProvider, Modules } from "@medusajs/framework/utils";

const { BANK_URL } = process.env;
const CENTS = 100;

const ask = async (path, body) => {
	const init = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) };
	const response = await fetch(`${BANK_URL}/payments${path}`, init);
	if (!response.ok) throw new Error(`the bank answered ${response.status}`);
	return await response.json();
};
const cancel = async ({ data = {} }) => {
	if (data.id !== undefined) await ask(`/${data.id}/cancel`, {});
	return { data };
};

class BankCard extends AbstractPaymentProvider {
	static identifier = "card";
	async initiatePayment({ amount }) {
		const { id } = await ask("", { amount: Math.round(Number(amount) * CENTS) });
		return { id, data: { id } };
	}
	async authorizePayment({ data }) {
		const { status } = await ask(`/${data.id}`);
		if (status === "cancelled") return { data, status: "canceled" };
		return { data, status: status === "open" ? "requires_more" : "authorized" };
	}
	async getPaymentStatus(input) {
		return await this.authorizePayment(input);
	}
	async getWebhookActionAndData() {
		return { action: "not_supported" };
	}
	cancelPayment = cancel;
	deletePayment = cancel;
	capturePayment = async ({ data }) => ({ data });
	refundPayment = async ({ data }) => ({ data });
	retrievePayment = async ({ data }) => ({ data });
	updatePayment = async ({ data }) => ({ data });
}

export default ModuleProvider(Modules.PAYMENT, { services: [BankCard] });
