/** Makes ids: UUIDv7, which sort by time. So "newest" is a comparison, and an index stays dense. */
import { uuidv7 } from "uuidv7";

export const newId = (): string => uuidv7();
