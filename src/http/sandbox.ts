/** Placeholder until the sandbox's routes are written. */
import { newRouter } from "./routes.ts";

export const sandbox = newRouter();
