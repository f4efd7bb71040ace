/**
 * The README's "Deploy" leads to a shop that works: it is compared with wrangler.toml, `.dev.vars.example` and what the
 * code asks of its environment. Each kind of difference is planted once, to see that it would be found.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { RATE_PERIOD_SECONDS, RATE_QUOTAS } from "../../src/limits.ts";

const ROOT = join(import.meta.dirname, "../..");
const read = (path: string): string => readFileSync(join(ROOT, path), "utf8");

interface Texts {
	readonly readme: string;
	readonly wrangler: string;
	readonly devVars: string;
	/** Of package.json, by name. */
	readonly scripts: Readonly<Record<string, string>>;
	/** The Worker's files, by their path below src. */
	readonly sources: Readonly<Record<string, string>>;
}

const paths = readdirSync(join(ROOT, "src"), { recursive: true, encoding: "utf8" })
	.map((path) => path.replaceAll("\\", "/"))
	.filter((path) => path.endsWith(".ts") && !path.endsWith(".d.ts") && !path.startsWith("cli/"));

const TEXTS: Texts = {
	readme: read("README.md"),
	wrangler: read("wrangler.toml"),
	devVars: read(".dev.vars.example"),
	scripts: (JSON.parse(read("package.json")) as { scripts: Record<string, string> }).scripts,
	sources: Object.fromEntries(paths.map((path) => [path, read(`src/${path}`)])),
};

const all = (text: string, pattern: RegExp): string[] => [...text.matchAll(pattern)].map(([, found = ""]) => found);
const without = (names: Iterable<string>, known: Iterable<string>): string[] => {
	const set = new Set(known);
	return [...new Set(names)].filter((name) => !set.has(name));
};

/** The section of the README, and the commands in it without their comments. */
function deployOf(readme: string): { prose: string; commands: string } {
	const prose = readme.split(/^## /m).find((section) => section.startsWith("Deploy\n")) ?? "";
	return {
		prose,
		commands: all(prose, /```sh\n([\s\S]*?)```/g)
			.join("\n")
			.replace(/#.*$/gm, ""),
	};
}

/** The tables of a wrangler.toml of this name, `[[name]]` or `[name]`, without comments. */
const tablesOf = (wrangler: string, name: string): string[] =>
	wrangler
		.replace(/(^|\s)#.*$/gm, "")
		.split(/^\[+/m)
		.filter((table) => table.replace(/\]+[\s\S]*/, "") === name);

const valuesIn = (wrangler: string, table: string, key: string): string[] =>
	tablesOf(wrangler, table).flatMap((text) => {
		const [value = ""] = all(text, new RegExp(`^${key} = (\\[[^\\]]*\\]|"[^"]*")`, "gm"));
		return all(value, /"([^"]*)"/g);
	});

/** What a file asks of its environment by name. */
function askedBy(source: string): string[] {
	const unpacked = all(source, /\{([^{}]*)\} = (?:this\.)?#?(?:edge\.)?env\b/g).join();
	return [
		...all(source, /\b(?:env|settings)\.([A-Z][A-Z0-9_]+)\b/g),
		...all(source, /^\s*readonly ([A-Z][A-Z0-9_]+)\??: string;/gm),
		...all(unpacked, /\b([A-Z][A-Z0-9_]+)\b/g),
	];
}

/** Events that the prose names: `one.whole`, or `one.` with `several`, `endings`. */
function eventsIn(prose: string): string[] {
	const groups = [...prose.replace(/\s+/g, " ").matchAll(/`([a-z_.]+\.)` with ((?:`[a-z_]+`(?:, )?)+)/g)];
	return [
		...all(prose, /`((?:payment_intent|charge|refund)\.[a-z_.]*[a-z])`/g),
		...groups.flatMap(([, prefix = "", names = ""]) => all(names, /`([a-z_]+)`/g).map((name) => prefix + name)),
	];
}

/** The commands, with what `npm run` runs in the place of its name. */
function withScripts(commands: string, scripts: Texts["scripts"]): string {
	const whole = commands.replace(/npm run ([\w:-]+)/g, (_, name: string) => scripts[name] ?? "");
	return whole === commands ? whole : withScripts(whole, scripts);
}

function faultsOf({ readme, wrangler, devVars, scripts, sources }: Texts): string[] {
	const { prose, commands } = deployOf(readme);
	const vars = tablesOf(wrangler, "vars").flatMap((text) => all(text, /^([A-Z][A-Z0-9_]+) =/gm));
	const bindings = [
		...["d1_databases", "queues.producers", "assets"].flatMap((table) => valuesIn(wrangler, table, "binding")),
		...["durable_objects.bindings", "ratelimits"].flatMap((table) => valuesIn(wrangler, table, "name")),
	];
	const asked = (files: (path: string) => boolean): string[] =>
		without(
			Object.entries(sources).flatMap(([path, text]) => (files(path) ? askedBy(text) : [])),
			[...vars, ...bindings],
		);
	// The sandbox does not exist in production, and so neither does what only it needs.
	const secrets = asked((path) => !path.startsWith("payments/sandbox/"));
	// What only some deployments need, or only for a while: the file says so with these words.
	const optional = all(devVars, /Leave it out otherwise\.\n(\w+)=/g);
	const set = all(commands, /wrangler secret put (\w+)/g);
	const examples = all(devVars, /^(\w+)=/gm);
	const queues = [
		...["queue", "dead_letter_queue"].flatMap((key) => valuesIn(wrangler, "queues.consumers", key)),
		...valuesIn(wrangler, "queues.producers", "queue"),
	];
	const created = all(commands, /wrangler queues create (\S+)/g);
	const databases = valuesIn(wrangler, "d1_databases", "database_name");
	const made = all(commands, /wrangler d1 create (\S+)/g);
	const classes = valuesIn(wrangler, "durable_objects.bindings", "class_name");
	const migrated = valuesIn(wrangler, "migrations", "new_sqlite_classes");
	const exported = all(sources["worker.ts"] ?? "", /\b(\w+Object)\b/g);
	const events = all(sources["payments/stripe/webhook.ts"] ?? "", /"((?:payment_intent|charge|refund)\.[a-z_.]+)"/g);
	const subscribed = eventsIn(prose);
	const handles = (handler: string) => new RegExp(`\\b${handler}\\b`).test(sources["worker.ts"] ?? "");
	const complain = (names: string[], complaint: string) => names.map((name) => `${name} ${complaint}`);
	return [
		...complain(without(secrets, [...set, ...optional]), "is needed, and Deploy does not set it"),
		...complain(without(set, secrets), "is set by Deploy, and nothing needs it"),
		...complain(without(secrets, examples), "is needed, and .dev.vars.example lacks it"),
		...complain(without(examples, secrets), "stands in .dev.vars.example, and nothing needs it"),
		...complain(valuesIn(wrangler, "secrets", "required"), "is required before a new Worker can have it"),
		...complain(
			without(all(prose, /`([A-Z][A-Z0-9]*_[A-Z0-9_]+)`/g), [...secrets, ...vars]),
			"is named by Deploy only",
		),
		...complain(without(queues, created), "is a queue that Deploy does not create"),
		...complain(without(created, queues), "is a queue that nothing uses"),
		...complain(without(databases, made), "is a database that Deploy does not create"),
		...complain(without(made, databases), "is a database that nothing uses"),
		...complain(
			without(all(commands, /wrangler d1 migrations apply (\S+) --remote/g), [
				...valuesIn(wrangler, "d1_databases", "binding"),
				...databases,
			]),
			"is no database to migrate",
		),
		...(/wrangler d1 migrations apply \S+ --remote/.test(withScripts(commands, scripts))
			? []
			: ["Deploy does not migrate D1"]),
		...complain(without(classes, migrated), "is a class without a migration"),
		...complain(without([...classes, ...migrated], exported), "is a class that the Worker does not export"),
		...complain(without(all(commands, /npm run ([\w:-]+)/g), Object.keys(scripts)), "is no script of package.json"),
		...complain(without(events, subscribed), "is an event that Deploy does not subscribe to"),
		...complain(without(subscribed, events), "is an event that the code does not know"),
		...(handles("scheduled") === valuesIn(wrangler, "triggers", "crons").length > 0 ? [] : ["cron and handler differ"]),
		...(handles("queue") === valuesIn(wrangler, "queues.consumers", "queue").length > 0
			? []
			: ["queue and handler differ"]),
	];
}

describe("the limiters of wrangler.toml", () => {
	it("have the numbers that callers are told", () => {
		const limiters = tablesOf(TEXTS.wrangler, "ratelimits").map((table) => {
			const [, name, limit, period] = /name = "(\w+)"[\s\S]*limit = (\d+), period = (\d+)/.exec(table) ?? [];
			return [name, { limit: Number(limit), period: Number(period) }] as const;
		});
		const told = Object.entries(RATE_QUOTAS).map(([name, limit]) => [name, { limit, period: RATE_PERIOD_SECONDS }]);
		expect(Object.fromEntries(limiters)).toEqual(Object.fromEntries(told));
	});
});

describe("the README's Deploy", () => {
	it("sets all that the code needs in production, and nothing else, under the names of wrangler.toml", () => {
		expect(faultsOf(TEXTS)).toEqual([]);
	});

	it("is found, with its commands", () => {
		const { commands } = deployOf(TEXTS.readme);
		expect(commands).toContain("npm run deploy");
		expect(commands).not.toContain("#");
	});

	const replaced = (key: "readme" | "wrangler" | "devVars", from: string | RegExp, to: string): Texts => {
		const text = TEXTS[key].replace(from, to);
		expect(text, `${from} is there to be replaced`).not.toBe(TEXTS[key]);
		return { ...TEXTS, [key]: text };
	};
	const withSource = (path: string, text: string): Texts => ({ ...TEXTS, sources: { ...TEXTS.sources, [path]: text } });

	it.each<[string, () => Texts, string]>([
		[
			"a secret that Deploy forgets",
			() => replaced("readme", /npx wrangler secret put STRIPE_WEBHOOK_SECRET/, ""),
			"STRIPE_WEBHOOK_SECRET is needed, and Deploy does not set it",
		],
		[
			"a secret of the sandbox that production is asked for",
			() => replaced("wrangler", "[vars]", '[secrets]\nrequired = ["SANDBOX_WEBHOOK_SECRET"]\n\n[vars]'),
			"SANDBOX_WEBHOOK_SECRET is required before a new Worker can have it",
		],
		[
			"a secret that nothing needs any more",
			() =>
				replaced(
					"readme",
					"npx wrangler secret put ADMIN_TOKEN",
					"npx wrangler secret put ADMIN_TOKEN\nnpx wrangler secret put OLD_KEY",
				),
			"OLD_KEY is set by Deploy, and nothing needs it",
		],
		[
			"a secret that the code begins to need",
			() => withSource("http/new.ts", "const key = c.env.COURIER_SECRET_KEY;"),
			"COURIER_SECRET_KEY is needed, and Deploy does not set it",
		],
		[
			"a secret that the code unpacks",
			() => withSource("payments/new.ts", "const { MAIL_KEY: key = '' } = env;"),
			"MAIL_KEY is needed, and .dev.vars.example lacks it",
		],
		[
			"an example of a secret that nothing needs",
			() => replaced("devVars", "ADMIN_TOKEN=", "OLD_KEY=\nADMIN_TOKEN="),
			"OLD_KEY stands in .dev.vars.example, and nothing needs it",
		],
		[
			"a setting that does not exist",
			() => replaced("readme", "\n## What it costs", "\nSet `ACCESS_AUD_TAG`.\n\n## What it costs"),
			"ACCESS_AUD_TAG is named by Deploy only",
		],
		[
			"a queue of another name",
			() => replaced("wrangler", /queue = "holdfast-orders"/g, 'queue = "orders"'),
			"orders is a queue that Deploy does not create",
		],
		[
			"a dead-letter queue",
			() => replaced("wrangler", "max_retries", 'dead_letter_queue = "holdfast-dead"\nmax_retries'),
			"holdfast-dead is a queue that Deploy does not create",
		],
		[
			"a database of another name",
			() => replaced("wrangler", 'database_name = "holdfast"', 'database_name = "shop"'),
			"shop is a database that Deploy does not create",
		],
		[
			"migrations of another database",
			() => replaced("readme", "npm run deploy", "npx wrangler d1 migrations apply SHOP --remote"),
			"SHOP is no database to migrate",
		],
		["no migrations", () => replaced("readme", "npm run deploy", "npx wrangler deploy"), "Deploy does not migrate D1"],
		[
			"a class without a migration",
			() => replaced("wrangler", 'new_sqlite_classes = ["HoldingsObject"]', "new_sqlite_classes = []"),
			"HoldingsObject is a class without a migration",
		],
		[
			"a script that is gone",
			() => replaced("readme", "npm run deploy", "npm run ship"),
			"ship is no script of package.json",
		],
		[
			"an event of the provider that is not subscribed to",
			() => replaced("readme", "`charge.refunded`", "refunds"),
			"charge.refunded is an event that Deploy does not subscribe to",
		],
		[
			"an event under another name",
			() => replaced("readme", "funds_withdrawn", "funds_gone"),
			"charge.dispute.funds_withdrawn is an event that Deploy does not subscribe to",
		],
		["a cron that is gone", () => replaced("wrangler", /^crons = .*$/m, ""), "cron and handler differ"],
	])("is found wrong by %s", (_, texts, fault) => {
		expect(faultsOf(texts())).toContain(fault);
	});

	it("is not found wrong by what only the sandbox needs", () => {
		expect(faultsOf(withSource("payments/sandbox/new.ts", "env.SANDBOX_COLOUR"))).toEqual([]);
	});
});
