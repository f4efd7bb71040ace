/** Medusa alone, as a target of the race detector: the same shop, buyers and bank as in `target.ts`. */
import type { TargetFactory } from "../../../src/cli/race/target.ts";
import { startShop } from "./start.ts";
import { openTarget } from "./target.ts";

export default (async (options) => openTarget(await startShop(true, options.signal), options)) satisfies TargetFactory;
