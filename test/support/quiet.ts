/**
 * Keeps two kinds of lines out of what the tests print: wrangler's about secrets, which the tests have from their
 * configuration, and the runtime's about exceptions that a test causes and then finds where they arrive. Any other
 * exception is shown.
 */
const CAUSED_BY_TESTS = [
	/^uncaught exception; .*\b(the power is cut|a test's power cut)/,
	/^uncaught exception; .*\bCHECK constraint failed: quantity > 0/,
	/^uncaught exception; .*\bstock out of balance/,
	/^uncaught exception; .*\ba counter is below zero/,
	/^uncaught exception; .*\bdoes not implement "#\w+"/,
	/^exception = .*\bdeleteAllDurableObjects\(\)/,
];

export function keepQuiet(): void {
	process.env["WRANGLER_LOG"] ??= "error";
	// The test pool writes what the runtime logs, one exception with its stack at a time, and has no option for it but
	// "all" or "nothing".
	for (const stream of [process.stdout, process.stderr]) {
		const write = stream.write.bind(stream) as (...args: unknown[]) => boolean;
		stream.write = (...args: unknown[]): boolean => {
			const [text] = args;
			const isCaused = typeof text === "string" && CAUSED_BY_TESTS.some((message) => message.test(text));
			return isCaused || write(...args);
		};
	}
}
