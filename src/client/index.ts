/** The client of a Holdfast shop: types of the whole API, and calls that are repeated only where that does no harm. */

export { type Admin, type AdminOptions, createAdmin } from "./admin.ts";
export type * from "./api.ts";
export type { CallOptions, Calls, ClientOptions } from "./calls.ts";
export { ServerClock } from "./clock.ts";
export { minorUnitOf } from "./minor-unit.ts";
export { pagesOf } from "./pages.ts";
export {
	type AnyProblem,
	NoAnswerError,
	ProblemError,
	type Refused,
	type Result,
	type Success,
	unwrap,
} from "./result.ts";
export { createShop, type Shop, type ShopOptions } from "./shop.ts";
export { type KeyValueStorage, memoryTokens, storedTokens, type TokenStore } from "./tokens.ts";
export type { Availability, Connection, WatchEvents, Watching } from "./watch.ts";
