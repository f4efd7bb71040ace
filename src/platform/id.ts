/** Ids: UUIDv7, in order of their making, so that "newest" is a comparison and an index stays dense. */
import { uuidv7 } from "uuidv7";

export const newId = (): string => uuidv7();
