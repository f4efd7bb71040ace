/**
 * `node src/cli/openapi.ts [FILE]`: writes the OpenAPI document to a file, or to stdout, without starting a server.
 *
 * The Worker's own modules make the document, so it is what `GET /openapi.json` answers. Node loads them as they are,
 * but for a few imports that only the Worker's bundler understands.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { dirname } from "node:path";

/** What stands in for a module that Node cannot load; undefined for every other. */
function standIn(specifier: string): string | undefined {
	if (specifier.startsWith("cloudflare:")) return "export class DurableObject {}";
	if (specifier.endsWith(".html")) return 'export default "";';
	// The bundler takes the one member that is imported by name; Node gives JSON a default export only.
	if (specifier === "../../package.json") return `export const version = ${JSON.stringify(packageVersion())};`;
	return undefined;
}

function packageVersion(): string {
	const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
	return (JSON.parse(text) as { version: string }).version;
}

registerHooks({
	resolve(specifier, context, next) {
		const source = standIn(specifier);
		if (source === undefined) return next(specifier, context);
		return { url: `data:text/javascript,${encodeURIComponent(source)}`, format: "module", shortCircuit: true };
	},
});

interface App {
	request(path: string): Promise<Response>;
}

// Named at run time, so that the Worker's code is not type-checked with Node's types.
const { createApp } = (await import(new URL("../http/app.ts", import.meta.url).href)) as {
	createApp: (options: { readonly batching: boolean }) => App;
};
const response = await createApp({ batching: false }).request("/openapi.json");
const text = `${JSON.stringify(await response.json(), null, "\t")}\n`;

const [file] = process.argv.slice(2);
if (file === undefined) process.stdout.write(text);
else {
	mkdirSync(dirname(file), { recursive: true });
	writeFileSync(file, text);
}
