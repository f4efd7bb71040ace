/** A checkout of the only unit of a SKU, for tests in which its payment window ends. They need a stopped clock. */
import { RETRY_MOST_MS } from "../../../src/limits.ts";
import { pass, ring } from "../../support/clock.ts";
import { newProduct } from "../../support/merchant.ts";
import { type Checkout, newShoppers, paymentIdOf, type Shopper } from "../../support/shopper.ts";

/** Seconds of the payment window, and of the grace after it in which a payment still counts as in time. */
export const WINDOW = 60;
export const GRACE = 10;
export const POLICY = { paymentWindowSeconds: WINDOW, paymentGraceSeconds: GRACE };
export const PRICE = 1999;

export interface Attempt {
	readonly sku: string;
	readonly ada: Shopper;
	readonly bob: Shopper;
	readonly checkout: Checkout;
	readonly paymentId: string;
}

/** A checkout of the only unit by Ada, not paid yet. Bob wants the unit too. */
export async function open(policy: Record<string, unknown> = {}, acceptPreorder = false): Promise<Attempt> {
	const sku = await newProduct({ units: 1, policy: { ...POLICY, ...policy } });
	const [ada, bob] = (await newShoppers(2)) as [Shopper, Shopper];
	const checkout = await ada.checkout([{ sku, quantity: 1 }], { acceptPreorder });
	return { sku, ada, bob, checkout, paymentId: paymentIdOf(checkout) };
}

export const statusOf = async ({ ada, checkout }: Attempt) => (await ada.read(checkout.id)).body.status;

/** Lets the checkout retry, each time after the longest pause. */
export async function letRetriesRun({ checkout }: Attempt, tries = 4): Promise<void> {
	for (let i = 0; i < tries; i++) {
		pass(RETRY_MOST_MS / 1000);
		await ring.checkout(checkout.id);
	}
}
