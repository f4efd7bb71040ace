/**
 * The tests that have to notice a mutant: those of the rules, in Node. Without the thousands of random lives of a
 * checkout: they take seconds, and what only they notice deserves a test that says what is wrong.
 */
import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

const root = new URL("../..", import.meta.url).pathname;

/** The first test that fails is enough, and those of `sim` take longest. */
class QuickFirst extends BaseSequencer {
	override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
		const isSlow = ({ moduleId }: TestSpecification) => Number(moduleId.includes("/sim/"));
		return files.toSorted((a, b) => isSlow(a) - isSlow(b) || a.moduleId.localeCompare(b.moduleId));
	}
}

export default defineConfig({
	root,
	test: {
		include: ["stock", "checkout", "webhooks", "sim"].map((room) => `test/${room}/*.pure.test.ts`),
		exclude: ["test/checkout/lifecycle-model.pure.test.ts"],
		// A mutant that only some seeds notice would survive one day and not the other.
		setupFiles: ["test/support/seed.ts"],
		env: { VITE_SEED: "1" },
		sequence: { sequencer: QuickFirst },
		isolate: false,
		// It would be written to the copy of the tree, also when that has been removed: after Ctrl-C.
		cache: false,
		reporters: ["minimal"],
	},
});
