/** A target that oversells. */
import type { TargetFactory } from "../../../src/cli/race/target.ts";
import { openMemoryShop } from "./memory-shop.ts";

export default ((options) => openMemoryShop("thinks-in-between", options)) satisfies TargetFactory;
