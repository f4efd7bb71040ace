/**
 * `npm run soak`: an hour of a busy shop in ten minutes. Its exit status says whether the books agreed, nothing was left
 * open and nothing grew. It leaves neither a process nor a file behind that was not asked for.
 */
import { runCommand } from "./command.ts";
import { startFreshServer } from "./fresh-server.ts";
import { interruption, shutdownSignal } from "./shutdown-signal.ts";
import { HELP, parseSoakOptions, type SoakOptions } from "./soak/options.ts";
import { playSoak } from "./soak/play.ts";
import { printReport, writeResult } from "./soak/report.ts";

/** @returns whether it was passed; false too when it was stopped before the end */
async function soak(options: SoakOptions, shutdown: AbortSignal): Promise<boolean> {
	const server = await startFreshServer("soak", shutdown, { rateLimits: false });
	try {
		const played = await Promise.race([playSoak(options, server), interruption(shutdown)]);
		if (played === "interrupted") return false;
		printReport(played, options);
		writeResult(options, played);
		return played.verdict.ok;
	} finally {
		await server.close();
	}
}

runCommand("soak", async () => {
	const options = parseSoakOptions(process.argv.slice(2));
	if (options === null) {
		console.log(HELP);
		return 0;
	}
	return (await soak(options, shutdownSignal())) ? 0 : 1;
});
