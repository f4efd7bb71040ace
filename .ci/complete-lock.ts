/**
 * Completes package-lock.json with the optional packages of other systems.
 *
 * npm leaves an optional package out of the lock when the registry it asked does not have it; a lock made against a partial
 * mirror then lacks, say, the macOS binaries, and `npm ci` calls such a lock out of step with package.json, on every system.
 * Each package declares its optional ones by exact version, so what is missing can be written down without asking anybody.
 *
 * What it keeps true: only entries are added, none is changed; an added entry has no address and no checksum, since neither is
 * known here. On a complete lock it does nothing. Run it after every change of dependencies.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PROJECT_DIR } from "../src/cli/local-server.ts";

interface LockedPackage {
	version?: string;
	dev?: boolean;
	peer?: boolean;
	optional?: boolean;
	license?: string;
	os?: string[];
	cpu?: string[];
	libc?: string[];
	engines?: Record<string, string>;
	optionalDependencies?: Record<string, string>;
}

interface Lock {
	packages: Record<string, LockedPackage>;
}

const OS: Readonly<Record<string, string>> = {
	...same("aix", "android", "darwin", "freebsd", "linux", "netbsd", "openbsd", "openharmony", "sunos", "win32"),
	linuxmusl: "linux",
	windows: "win32",
};
const CPU: Readonly<Record<string, string>> = {
	...same("arm", "arm64", "ia32", "loong64", "mips64el", "ppc64", "riscv64", "s390x", "wasm32", "x64"),
	"64": "x64",
};
const EXACT_VERSION = /^\d+\.\d+\.\d+(?:[-+].*)?$/;

function same(...names: string[]): Record<string, string> {
	return Object.fromEntries(names.map((name) => [name, name]));
}

/** Adds to `lock` and answers the places that were added. */
export function complete(lock: Lock): string[] {
	const added: string[] = [];
	for (const [place, parent] of Object.entries(lock.packages)) {
		const optional = parent.optionalDependencies ?? {};
		const siblings = Object.keys(optional).flatMap((name) => lock.packages[find(lock, place, name) ?? ""] ?? []);
		for (const [name, version] of Object.entries(optional)) {
			if (find(lock, place, name) !== null) continue;
			if (!EXACT_VERSION.test(version))
				throw new Error(`${place} wants ${name}@${version}: which version is not known here`);
			const at = `node_modules/${name}`;
			lock.packages[at] = entry(name, version, parent, siblings);
			added.push(at);
		}
	}
	lock.packages = Object.fromEntries(
		// As npm sorts them, so that its next write changes nothing.
		Object.entries(lock.packages).sort(([a], [b]) => a.localeCompare(b, "en")),
	);
	return added;
}

/** Where Node would find `name` from inside `place`: the nearest node_modules, going up. */
function find(lock: Lock, place: string, name: string): string | null {
	for (let base = place; ; base = base.slice(0, Math.max(0, base.lastIndexOf("node_modules/") - 1))) {
		const candidate = `${base === "" ? "" : `${base}/`}node_modules/${name}`;
		if (lock.packages[candidate]) return candidate;
		if (base === "") return null;
	}
}

/** What the packages of one family have in common is taken from those that are there; system and processor are in the name. */
function entry(
	name: string,
	version: string,
	parent: LockedPackage,
	siblings: readonly LockedPackage[],
): LockedPackage {
	const words = name.split(/[-/_]/);
	const os = words.flatMap((word) => OS[word] ?? []).slice(0, 1);
	const cpu = words.flatMap((word) => CPU[word] ?? []).slice(-1);
	if (os.length === 0 || cpu.length === 0) throw new Error(`${name}: its name does not say for which system it is`);
	const libc = words.some((word) => word.includes("musl")) ? { libc: ["musl"] } : {};
	const sibling = siblings[0];
	return {
		version,
		cpu,
		...(parent.dev ? { dev: true } : {}),
		...libc,
		...(sibling?.license ? { license: sibling.license } : {}),
		optional: true,
		os,
		...(parent.peer ? { peer: true } : {}),
		...(sibling?.engines ? { engines: sibling.engines } : {}),
	};
}

function main(): void {
	const file = join(PROJECT_DIR, "package-lock.json");
	const lock = JSON.parse(readFileSync(file, "utf8")) as Lock;
	const added = complete(lock);
	if (added.length > 0) writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
	for (const place of added) console.log(`+ ${place}@${lock.packages[place]?.version}`);
	console.log(
		added.length === 0 ? "package-lock.json is complete" : `package-lock.json: ${added.length} entries added`,
	);
}

if (import.meta.main) main();
