/** A target that answers nobody. */
import type { TargetFactory } from "../../../src/cli/race/target.ts";
import { openMemoryShop } from "./memory-shop.ts";

export default ((options) => openMemoryShop("unreachable", options)) satisfies TargetFactory;
