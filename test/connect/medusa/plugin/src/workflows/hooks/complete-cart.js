/**
 * A cart is completed: its units are kept, then its order is written and paid, then they are sold. Whatever fails on the
 * way undoes that, by the compensation of `validate`, which Medusa runs last of all.
 */
import { StepResponse } from "@medusajs/framework/workflows-sdk";
import { completeCartWorkflow, deletePaymentSessionsWorkflow } from "@medusajs/medusa/core-flows";
import { isShortage, pin, sell, undo } from "../../pins.js";

completeCartWorkflow.hooks.validate(
	async ({ cart }, { container }) => {
		// It has its order: a Medusa that died after that may have said nothing of the payment.
		if (cart.completed_at !== null) {
			await sell(container, cart.id);
			return new StepResponse();
		}
		try {
			return new StepResponse(undefined, await pin(container, cart.id));
		} catch (error) {
			if (isShortage(error)) await callOff(container, cart);
			throw error;
		}
	},
	async (pinned) => {
		if (pinned) await undo(pinned);
	},
);

completeCartWorkflow.hooks.orderCreated(async ({ cart_id }, { container }) => {
	await sell(container, cart_id);
});

/** Medusa leaves the buyer's money set aside when it refuses a cart before it has asked for the payment. */
async function callOff(container, { payment_collection }) {
	const ids = (payment_collection?.payment_sessions ?? []).map(({ id }) => id);
	await deletePaymentSessionsWorkflow(container).run({ input: { ids } });
}
