/**
 * The units are kept before the buyer's bank is asked: when a payment is begun, whose answer is the form for the card. No
 * workflow of a payment has a hook in this version, so it is done in front of the route.
 */
import { defineMiddlewares } from "@medusajs/framework/http";
import { ContainerRegistrationKeys } from "@medusajs/framework/utils";
import { pin } from "../pins.js";

async function pinAtTheTill({ scope, params }, _response, next) {
	try {
		const query = scope.resolve(ContainerRegistrationKeys.QUERY);
		const filters = { payment_collection_id: params.id };
		const { data } = await query.graph({ entity: "cart_payment_collection", fields: ["cart_id"], filters });
		if (data.length > 0) await pin(scope, data[0].cart_id);
		next();
	} catch (error) {
		next(error);
	}
}

const matcher = "/store/payment-collections/:id/payment-sessions";
export default defineMiddlewares({ routes: [{ method: ["POST"], matcher, middlewares: [pinAtTheTill] }] });
