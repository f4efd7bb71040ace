/**
 * `npm run build:client`: makes the package of the client in `.client/`, ready for `npm pack` or `npm publish`: ECMAScript
 * modules, their types, and a README. It depends on nothing.
 */
import { execFileSync } from "node:child_process";
import { copyFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runCommand } from "./command.ts";
import { PROJECT_DIR } from "./local-server.ts";

const SOURCE = join(PROJECT_DIR, "src/client");
const OUT = join(PROJECT_DIR, ".client");

runCommand("build:client", async () => {
	rmSync(OUT, { recursive: true, force: true });
	const tsc = join(PROJECT_DIR, "node_modules/typescript/bin/tsc");
	execFileSync(process.execPath, [tsc, "-p", join(SOURCE, "tsconfig.build.json")], { stdio: "inherit" });
	// The compiler rewrites the names of modules in code and not in types.
	for (const file of readdirSync(OUT).filter((name) => name.endsWith(".d.ts"))) {
		const path = join(OUT, file);
		writeFileSync(path, readFileSync(path, "utf8").replace(/(from "\.\/[\w-]+)\.ts"/g, '$1.js"'));
	}
	const { version, license } = JSON.parse(readFileSync(join(PROJECT_DIR, "package.json"), "utf8")) as {
		readonly version: string;
		readonly license: string;
	};
	const manifest = {
		...{ name: "holdfast-client", version, license },
		description: "The typed client of a Holdfast shop: reserve, wait, check out, and never oversell",
		type: "module",
		exports: { ".": { types: "./index.d.ts", default: "./index.js" } },
		types: "./index.d.ts",
		sideEffects: false,
		engines: { node: ">=20" },
	};
	writeFileSync(join(OUT, "package.json"), `${JSON.stringify(manifest, null, "\t")}\n`);
	copyFileSync(join(SOURCE, "README.md"), join(OUT, "README.md"));
	copyFileSync(join(PROJECT_DIR, "LICENSE"), join(OUT, "LICENSE"));
	console.log(`The package ${manifest.name} ${version} is in .client/.`);
	return 0;
});
