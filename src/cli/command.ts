/** How every command ends: its exit status, and what it prints when it cannot do what was asked. */
import { ServerError } from "./local-server.ts";
import { UsageError } from "./options.ts";

/**
 * Runs a command and ends the process with the status that it answers: 2 when it was called wrongly.
 * @param name as in `npm run NAME`
 * @param failed the status when it failed
 */
export function runCommand(name: string, main: () => Promise<number>, failed = 1): void {
	main().then(
		(status) => process.exit(status),
		(error: unknown) => {
			if (error instanceof UsageError) {
				console.error(`${error.message} All options: npm run ${name} -- --help`);
				process.exit(2);
			}
			// A ServerError is for the person at the keyboard; the stack of any other error is for whoever mends it.
			console.error(error instanceof ServerError ? error.message : error);
			process.exit(failed);
		},
	);
}
