/** One seed for every random test of a run: `vitest.config.ts` says which. A failure prints the seed that it had. */
import fc from "fast-check";

fc.configureGlobal({ seed: Number(import.meta.env["VITE_SEED"]) });
