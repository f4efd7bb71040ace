/** `npm run export`: products, inventory or orders as a CSV file in Shopify's columns. The columns are in `src/csv`. */
import { createWriteStream, renameSync, rmSync } from "node:fs";
import { pipeline } from "node:stream/promises";
import { z } from "zod";
import { EXPORTS, exportFile } from "../csv/index.ts";
import { runCommand } from "./command.ts";
import { adminOf, TARGET, TARGET_HELP, typedPath } from "./merchant-target.ts";
import { describeOptions, outputFile, parseOptions } from "./options.ts";
import { shutdownSignal } from "./shutdown-signal.ts";
import { printStatus } from "./terminal.ts";

const OPERANDS = {
	what: {
		value: "WHAT",
		schema: z.enum(EXPORTS, { error: `must be one of ${EXPORTS.join(", ")}` }),
		help: EXPORTS.join(", "),
	},
} as const;
const OPTIONS = {
	out: {
		value: "FILE",
		schema: outputFile(),
		help: "where to (default: standard output; call npm with --silent then)",
	},
	...TARGET,
} as const;

const HELP = `npm run export -- WHAT [options]

Writes a CSV file in Shopify's columns. Products and inventory can be imported again; fill in On hand (new) of an inventory
to correct counts.

${describeOptions({ Argument: OPERANDS, Options: OPTIONS }, OPERANDS)}

${TARGET_HELP}`;

runCommand("export", async () => {
	const options = parseOptions(OPTIONS, process.argv.slice(2), OPERANDS);
	if (options === null) {
		console.log(HELP);
		return 0;
	}
	const { what, url } = options;
	const admin = adminOf(url, process.env);
	const signal = shutdownSignal();
	const path = options.out === null ? null : typedPath(options.out, process.env);
	// A file that is there under its name is whole. Orders have addresses, so that only their owner may read it.
	const unfinished = `${path}.part`;
	const out = path === null ? process.stdout : createWriteStream(unfinished, { mode: 0o600 });
	let items = 0;
	async function* texts() {
		for await (const part of exportFile(admin, what, signal)) {
			items += part.items;
			yield part.text;
		}
	}
	try {
		await pipeline(texts, out, { signal, end: path !== null });
		if (path !== null) renameSync(unfinished, path);
	} catch (error) {
		if (path !== null) rmSync(unfinished, { force: true });
		printStatus(signal.aborted ? "Stopped before the end." : `The export has stopped: ${(error as Error).message}.`);
		return 1;
	}
	printStatus(`${items} ${what}${path === null ? "" : ` in ${path}`}`);
	return 0;
});
