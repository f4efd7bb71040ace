/** Whoever changes a cart after having gone to the till gives its units back at once, and not when their time is over. */
import { ContainerRegistrationKeys } from "@medusajs/framework/utils";
import { refreshPaymentCollectionForCartWorkflow } from "@medusajs/medusa/core-flows";
import { letGoIfChanged } from "../../pins.js";

refreshPaymentCollectionForCartWorkflow.hooks.validate(async ({ cart }, { container }) => {
	try {
		await letGoIfChanged(container, cart.id);
	} catch (error) {
		// A cart can be changed while Holdfast is away: what was kept for it runs out.
		container.resolve(ContainerRegistrationKeys.LOGGER).warn(`units of ${cart.id} were not given back: ${error}`);
	}
});
