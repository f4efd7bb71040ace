/** A target that sells each unit once. */
import type { TargetFactory } from "../../../src/cli/race/target.ts";
import { openMemoryShop } from "./memory-shop.ts";

export default ((options) => openMemoryShop(null, options)) satisfies TargetFactory;
