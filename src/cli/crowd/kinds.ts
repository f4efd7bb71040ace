/** What stands between the isolates and the SKU's object. */
export const KINDS = ["alone", "batched", "gates"] as const;
export type Kind = (typeof KINDS)[number];
