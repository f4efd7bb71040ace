/** What the local runtime keeps in a server's state directory: a database for each object. */
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";

const OBJECT_FILE = /[0-9a-f]{64}\.sqlite/;

export interface StateFiles {
	/** Objects of the shop that have a file. */
	readonly objects: number;
	/** Size of all databases. */
	readonly storedBytes: number;
	/** Size of what is still to be moved into them. */
	readonly walBytes: number;
}

/** @returns whether this is an object's file, D1's too, or what SQLite keeps beside it */
export const isObjectFile = (path: string): boolean => OBJECT_FILE.test(path);

export function readStateFiles(stateDir: string): StateFiles {
	const counts = { objects: 0, storedBytes: 0, walBytes: 0 };
	const root = join(stateDir, "v3");
	for (const path of readdirSync(root, { recursive: true, encoding: "utf8" })) {
		if (!/\.sqlite(-wal)?$/.test(path)) continue;
		// An object may end, and take its file along, between the list and this.
		const bytes = statSync(join(root, path), { throwIfNoEntry: false })?.size ?? 0;
		if (path.endsWith("-wal")) counts.walBytes += bytes;
		else counts.storedBytes += bytes;
		if (path.startsWith("do/") && path.endsWith(".sqlite") && isObjectFile(path)) counts.objects += 1;
	}
	return counts;
}
