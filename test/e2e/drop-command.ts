/** `npm run drop` for the tests of it. */
import { type Run, type RunOptions, runCli } from "./command.ts";
import { type Lie, pretendShop } from "./pretend-shop.ts";

export type { Run } from "./command.ts";

export const drop = (args: readonly string[], options: RunOptions = {}): Promise<Run> => runCli("drop", args, options);

/** One run against a shop that lies so, or not at all. */
export async function dropAgainst(lie: Lie | null, more: readonly string[] = []): Promise<Run> {
	const shop = await pretendShop(lie);
	try {
		// A dozen of these run side by side: a buyer may wait for seconds, and no hold may run out meanwhile.
		const size = ["--buyers", "200", "--stock", "40", "--hold-seconds", "6", "--spread-seconds", "0.2"];
		const args = [...size, "--patience-seconds", "6", ...more, "--url", shop.url];
		return await drop(args, { env: { ADMIN_TOKEN: "any" } });
	} finally {
		await shop.close();
	}
}
