/**
 * Programs of the system that a baseline needs. A missing one is installed from Debian's packages where we may do that;
 * elsewhere the report says how to install it.
 */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { delimiter, join } from "node:path";
import { run } from "../child.ts";
import { Unavailable } from "../measurement.ts";

const POSTGRES_DIR = "/usr/lib/postgresql";

/** The path, and where Debian keeps the programs of PostgreSQL, newest version first. */
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

/** @returns the path of the program @throws Unavailable when it is missing and cannot be installed */
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
	} catch (error) {
		throw new Unavailable(`${name} could not be installed, so ${advice}. ${(error as Error).message}`);
	}
	const installed = find(name);
	if (installed === null) throw new Unavailable(`${debianPackage} was installed, and there is still no ${name}`);
	return installed;
}
