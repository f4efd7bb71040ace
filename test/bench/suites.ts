/** Everything that `npm run bench` can measure, in the order of the table. */
import { arrivals } from "./arrivals.ts";
import { postgres, redis } from "./baseline-rows.ts";
import { expiry } from "./expiry.ts";
import { bare, door, health, noLanes, reserve, soldOut } from "./http-rows.ts";
import type { Part } from "./measurement.ts";
import { object, wake } from "./object-rows.ts";
import { cost } from "./operations.ts";
import { purchase } from "./purchase.ts";

export const PARTS: readonly Part[] = [
	bare,
	health,
	door,
	reserve,
	noLanes,
	soldOut,
	postgres,
	redis,
	arrivals,
	object,
	wake,
	expiry,
	cost,
	purchase,
];
/** One after the other; the parts of each take turns. */
export const SETS: readonly Part["set"][] = ["http", "object", "purchase"];
