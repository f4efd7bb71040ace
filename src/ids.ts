/** Ids, and what they look like. Pure: nothing here is random, and nothing asks a clock. */

export const SKU_PATTERN = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
/** A merchant's customer id, or one of ours. */
export const SHOPPER_ID_PATTERN = /^[A-Za-z0-9][A-Za-z0-9._:@+-]{0,127}$/;
/** Of what has no prefix: `platform/id.ts`. */
export const ID_PATTERN = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
export const CHECKOUT_ID_PATTERN = /^co_[0-9a-f]{32}$/;
export const ORDER_ID_PATTERN = /^or_[0-9a-f]{32}$/;

/** A checkout becomes at most one order, and each is found by the id of the other. */
export const orderIdOf = (checkoutId: string): string => `or_${checkoutId.slice(3)}`;
export const checkoutIdOfOrder = (orderId: string): string => `co_${orderId.slice(3)}`;
export const WEBHOOK_ID_PATTERN = /^wh_[0-9a-f]{32}$/;
