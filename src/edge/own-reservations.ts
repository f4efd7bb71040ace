/** How shoppers who look at their own reservations at the same time travel together. */
import { messageOf } from "../platform/errors.ts";
import type { ReservationResult, SkuRpc } from "../stock/rpc.ts";

/** One call for all of these shoppers; an object of the version before takes one for each. */
export async function ownReservations(
	object: SkuRpc,
	shopperIds: readonly string[],
): Promise<readonly ReservationResult[]> {
	const oneByOne = () => Promise.all(shopperIds.map((id) => object.reservation(id)));
	if (shopperIds.length === 1) return oneByOne();
	try {
		const results = await object.reservationMany(shopperIds);
		return "kind" in results ? shopperIds.map(() => results) : results;
	} catch (error) {
		if (!/does not implement/.test(messageOf(error))) throw error;
		return oneByOne();
	}
}
