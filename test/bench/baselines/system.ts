/**
 * Programs of the system that a baseline needs. When one is missing, and we may install it, it comes from Debian; where
 * that cannot be, the row says what to do about it.
 */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { delimiter, join } from "node:path";
import { run } from "../child.ts";
import { Unavailable } from "../measurement.ts";

const POSTGRES_DIR = "/usr/lib/postgresql";

/** Where Debian puts programs that are not on the path: those of the newest PostgreSQL. */
function folders(): string[] {
	const versions = existsSync(POSTGRES_DIR) ? readdirSync(POSTGRES_DIR).sort((a, b) => Number(b) - Number(a)) : [];
	return [
		...(process.env["PATH"] ?? "").split(delimiter),
		...versions.map((version) => join(POSTGRES_DIR, version, "bin")),
	];
}

const find = (name: string): string | null =>
	folders()
		.map((folder) => join(folder, name))
		.find((path) => existsSync(path)) ?? null;

/** @returns the program's path @throws Unavailable when it is not there and cannot be installed */
export async function program(name: string, debianPackage: string): Promise<string> {
	const found = find(name);
	if (found !== null) return found;
	const advice = `install it (Debian: apt-get install ${debianPackage}) and run the bench again`;
	if (process.getuid?.() !== 0 || spawnSync("apt-get", ["--version"]).status !== 0) {
		throw new Unavailable(`there is no ${name} here; ${advice}`);
	}
	const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
	try {
		await run("apt-get", ["apt-get", "update"], { env });
		await run("apt-get", ["apt-get", "install", "-y", "--no-install-recommends", debianPackage], { env });
	} catch (fault) {
		throw new Unavailable(`${name} could not be installed, so ${advice}. ${(fault as Error).message}`);
	}
	const installed = find(name);
	if (installed === null) throw new Unavailable(`${debianPackage} was installed, and there is still no ${name}`);
	return installed;
}
