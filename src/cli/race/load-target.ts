/** Finds the target that `--target` names, and opens it. */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { UsageError } from "../options.ts";
import type { Target, TargetFactory, TargetOptions } from "./target.ts";

const BUILT_IN: Readonly<Record<string, string>> = { holdfast: "./targets/holdfast.ts", naive: "./targets/naive.ts" };

/** @param name `holdfast`, `naive`, the address of a running Holdfast, or an adapter's file @throws UsageError */
export async function openTarget(name: string, options: Omit<TargetOptions, "url">): Promise<Target> {
	const url = /^https?:\/\//.test(name) ? originOf(name) : null;
	if (url !== null && options.adminToken === null) {
		throw new UsageError("A running shop needs --admin-token, or ADMIN_TOKEN in the environment.");
	}
	const builtIn = BUILT_IN[url === null ? name : "holdfast"];
	const module = builtIn ?? fileOf(name);
	const { default: factory } = (await import(module)) as { readonly default?: unknown };
	if (typeof factory !== "function") throw new UsageError(`--target ${name} has no default export that is a function.`);
	return await (factory as TargetFactory)({ ...options, url });
}

function originOf(address: string): string {
	if (!URL.canParse(address)) throw new UsageError(`--target must be an http or https address, not "${address}".`);
	return new URL(address).origin;
}

function fileOf(name: string): string {
	const path = resolve(name);
	if (!existsSync(path)) throw new UsageError(`--target ${name} is neither holdfast, naive, an address, nor a file.`);
	return pathToFileURL(path).href;
}
