/** Everything that `npm run bench` can measure, in the order of the table. */
import { postgres, redis } from "./baseline-rows.ts";
import { crowd } from "./crowd.ts";
import { expiry } from "./expiry.ts";
import { gates } from "./gates.ts";
import { head } from "./head.ts";
import { bare, health, noBatching, noObject, reserve, soldOut } from "./http-rows.ts";
import { ledger } from "./ledger.ts";
import type { Suite } from "./measurement.ts";
import { object, wake } from "./object-rows.ts";
import { oldRows } from "./old-rows.ts";
import { cost } from "./operations.ts";
import { purchase } from "./purchase.ts";
import { watchers } from "./watchers.ts";

export const SUITES: readonly Suite[] = [
	bare,
	health,
	noObject,
	reserve,
	noBatching,
	soldOut,
	postgres,
	redis,
	crowd,
	gates,
	head,
	watchers,
	oldRows,
	object,
	wake,
	expiry,
	cost,
	purchase,
	ledger,
];
/** Measured one after the other; the suites of each take turns. */
export const GROUPS: readonly Suite["group"][] = ["http", "object", "purchase", "ledger"];
