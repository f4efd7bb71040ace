/**
 * The package of the client, as a stranger gets it: installed from its tarball into empty projects, compiled by the
 * oldest and the newest TypeScript that it is for, in strict projects for browsers, Workers and Node, and run in each of
 * them against the built Worker. What its README shows is compiled and run too. npm needs its registry.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Miniflare } from "miniflare";
import { chromium } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createAdmin, createShop, unwrap } from "../../../src/client/index.ts";
import { CHROMIUM, isWithoutBrowser } from "../../browser/chromium.ts";
import { TestServer } from "../../support/server.ts";

const PROJECT_DIR = join(import.meta.dirname, "../../..");
const PACKAGE_DIR = join(PROJECT_DIR, ".client");
const COMPILERS = ["5.9.3", "7.0.2"];

/** What a stranger would write. Each `@ts-expect-error` is a mistake that the types must find. */
const PROGRAM = `
import { createAdmin, createShop, NoAnswerError, unwrap, type ShopperOperations } from "holdfast-client";

type Refusal = ShopperOperations["reserve"]["problem"];

function explain(problem: Refusal): string {
	// @ts-expect-error: only some refusals have this member
	problem.limit;
	switch (problem.type) {
		case "/problems/sold-out":
			return "sold out, pre-orders left: " + (problem.preorder?.remaining ?? 0);
		case "/problems/limit-exceeded":
			return "no more than " + problem.limit;
		default:
			return problem.title;
	}
}

export async function sell(origin: string, token: string, sku: string): Promise<number> {
	const admin = createAdmin({ origin, token });
	const policy = { waitlistLimit: 0 };
	unwrap(await admin.defineProduct({ sku, title: "One of a kind", price: { amount: 100, currency: "USD" }, policy }));
	unwrap(await admin.restock({ sku, quantity: 1, reference: "first" }));
	return unwrap(await admin.getStock({ sku })).available;
}

type Pay = (paymentId: string) => Promise<unknown>;

/** The card form of the sandbox. */
const payAt = (origin: string): Pay => async (id) =>
	unwrap(await createShop({ origin }).service.confirmSandboxPayment({ id, outcome: "approve" }));

export async function buy(origin: string, sku: string, pay: Pay = payAt(origin)) {
	const shop = createShop({ origin });
	const seen: string[] = [];
	const promised = new Promise<void>((done) => {
		const watching = shop.watch(sku, {
			onAvailability: ({ status }) => seen.push(status),
			onReservation: (reservation) => {
				if (reservation?.status !== "held") return;
				watching.close();
				done();
			},
		});
	});
	const held = await shop.reserve({ sku, quantity: 1, wait: true });
	// @ts-expect-error: there is no data before it is known that there was no refusal
	held.data;
	if (!held.ok) throw new Error(explain(held.problem));
	const endsAt: string | null = held.data.expiresAt;
	await promised;
	// @ts-expect-error: a quantity is needed
	const incomplete = () => shop.reserve({ sku });
	void incomplete;
	const late = await createShop({ origin }).reserve({ sku, quantity: 1 });
	const order = { lines: [{ sku, quantity: 1 }], email: "you@example.com" };
	const { id, payment } = unwrap(await shop.openCheckout(order, { idempotencyKey: "cart-1" }));
	await pay(payment?.id ?? "");
	let status: string = "";
	while (status !== "completed") status = unwrap(await shop.getCheckout({ id })).status;
	const nowhere = createShop({ origin: "http://127.0.0.1:1", patienceMs: 0 });
	const lost = await nowhere.getProduct({ sku }).catch((error: unknown) => error instanceof NoAnswerError);
	return { isHeld: endsAt !== null, late: late.ok ? "got one" : explain(late.problem), status, seen, lost };
}
`;

/** What each runtime must report of \`buy\`. */
const BOUGHT = { isHeld: true, late: "sold out, pre-orders left: 0", status: "completed", lost: true };

const WORKER = `
import { buy, sell } from "./program.js";
export default {
	async fetch(request, env) {
		const available = await sell(env.ORIGIN, env.ADMIN_TOKEN, "in-a-worker");
		return Response.json({ available, ...(await buy(env.ORIGIN, "in-a-worker")) });
	},
};
`;

const NODE = `
import { buy, sell } from "./out/program.js";
const [, , origin, token] = process.argv;
const available = await sell(origin, token, "in-node");
console.log(JSON.stringify({ available, ...(await buy(origin, "in-node")) }));
`;

const STRICT = {
	...{ strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true, verbatimModuleSyntax: true },
	...{ module: "nodenext", target: "es2022", rootDir: ".", outDir: "out" },
};
/** For which runtime it is compiled, by what that runtime declares. */
const RUNTIMES = {
	browser: { lib: ["es2022", "dom"], types: [], skipLibCheck: false },
	worker: { lib: ["es2022"], types: ["@cloudflare/workers-types"], skipLibCheck: true },
	node: { lib: ["es2022"], types: ["node"], skipLibCheck: true },
};

const readme = readFileSync(join(PROJECT_DIR, "src/client/README.md"), "utf8");
const README_CODE = /```ts\n(.*?)```/s.exec(readme)?.[1] ?? "";

const isBrowserless = isWithoutBrowser();
let dir: string;
let server: TestServer;
let tarball: string;

const run = (cwd: string, command: string, ...args: string[]): string =>
	execFileSync(command, args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });

const projectOf = (compiler: string) => join(dir, `typescript-${compiler}`);

/** @returns what the compiler complains about */
function compile(project: string, config: string): string {
	try {
		return run(project, process.execPath, "node_modules/typescript/bin/tsc", "-p", config);
	} catch (error) {
		return (error as { stdout?: string }).stdout || String(error);
	}
}

/** An empty project with this compiler and the package, as \`npm install\` leaves it. */
function install(compiler: string): void {
	const project = projectOf(compiler);
	mkdirSync(project);
	const manifest = { name: "stranger", private: true, type: "module" };
	writeFileSync(join(project, "package.json"), JSON.stringify(manifest));
	const own = JSON.parse(readFileSync(join(PROJECT_DIR, "package.json"), "utf8")) as {
		readonly devDependencies: Readonly<Record<string, string>>;
	};
	const types = ["@cloudflare/workers-types", "@types/node"].map((name) => `${name}@${own.devDependencies[name]}`);
	run(project, "npm", "install", "--no-audit", "--no-fund", tarball, `typescript@${compiler}`, ...types);
	writeFileSync(join(project, "program.ts"), PROGRAM);
	writeFileSync(join(project, "readme.ts"), README_CODE.replace("https://shop.example", server.origin));
	for (const [name, { skipLibCheck, lib, types }] of Object.entries(RUNTIMES)) {
		const files = name === "browser" ? ["program.ts", "readme.ts"] : ["program.ts"];
		const config = { compilerOptions: { ...STRICT, skipLibCheck, lib, types }, files };
		writeFileSync(join(project, `tsconfig.${name}.json`), JSON.stringify(config));
	}
}

beforeAll(async () => {
	dir = mkdtempSync(join(tmpdir(), "holdfast-client-package-"));
	server = await TestServer.start();
	run(PROJECT_DIR, process.execPath, "src/cli/build-client.ts");
	tarball = join(dir, run(dir, "npm", "pack", PACKAGE_DIR, "--silent").trim());
	for (const compiler of COMPILERS) install(compiler);
});
afterAll(async () => {
	await server?.end();
	rmSync(dir, { recursive: true, force: true });
});

describe.each(COMPILERS)("the package of the client, in an empty project with TypeScript %s", (compiler) => {
	it("has a README with something to compile", () => {
		expect(readFileSync(join(projectOf(compiler), "readme.ts"), "utf8")).toContain("createShop({ origin:");
	});

	it.each(Object.keys(RUNTIMES))("compiles strictly for a %s, and its types find mistakes", (runtime) => {
		const project = projectOf(compiler);
		expect(run(project, process.execPath, "node_modules/typescript/bin/tsc", "-v")).toContain(compiler);
		expect(compile(project, `tsconfig.${runtime}.json`)).toBe("");
	});
});

describe("the package of the client", () => {
	const project = () => projectOf(COMPILERS[0] ?? "");
	const installed = () => join(project(), "node_modules/holdfast-client");

	it("has only modules, their types, its README and its licence, and depends on nothing", () => {
		const names = readdirSync(installed());
		const others = names.filter((name) => !/\.(js|d\.ts)$/.test(name));
		expect(others.sort()).toEqual(["LICENSE", "README.md", "package.json"]);
		const manifest = JSON.parse(readFileSync(join(installed(), "package.json"), "utf8")) as object;
		expect(manifest).not.toHaveProperty("dependencies");
		for (const name of names.filter((name) => /\.(js|d\.ts)$/.test(name))) {
			const imports = readFileSync(join(installed(), name), "utf8").matchAll(/from "([^"]+)"/g);
			const missing = Array.from(imports, ([, from = ""]) => from).filter(
				(from) => !from.startsWith("./") || !names.includes(from.slice(2)),
			);
			expect(missing, name).toEqual([]);
		}
	});

	it("buys the last unit in Node, and is told why there is no other", () => {
		writeFileSync(join(project(), "main.js"), NODE);
		const said = run(project(), process.execPath, "main.js", server.origin, server.env.ADMIN_TOKEN);
		expect(JSON.parse(said)).toMatchObject({ available: 1, ...BOUGHT });
	});

	it("buys the last unit in a Worker", async () => {
		const text = (file: string) => ({ type: "esm" as const, contents: readFileSync(file, "utf8") });
		const parts = readdirSync(installed()).filter((name) => name.endsWith(".js") && name !== "index.js");
		const worker = new Miniflare({
			...{ host: "127.0.0.1", port: 0, cf: false },
			workers: [
				{
					config: {
						name: "stranger",
						compatibilityDate: "2026-10-01",
						manifest: {
							mainModule: "main.js",
							modulesRoot: project(),
							modules: {
								"main.js": { type: "esm", contents: WORKER },
								"program.js": text(join(project(), "out/program.js")),
								"holdfast-client": text(join(installed(), "index.js")),
								...Object.fromEntries(parts.map((name) => [name, text(join(installed(), name))])),
							},
						},
						env: {
							ORIGIN: { type: "text", value: server.origin },
							ADMIN_TOKEN: { type: "text", value: server.env.ADMIN_TOKEN },
						},
					},
				},
			],
		});
		try {
			const answer = await worker.dispatchFetch("http://stranger.example/");
			expect(JSON.parse(await answer.text())).toMatchObject({ available: 1, ...BOUGHT });
		} finally {
			await worker.dispose();
		}
	});

	it.skipIf(isBrowserless)(
		"buys the last unit on a page of another origin, and does what its README shows",
		async () => {
			const admin = createAdmin({ origin: server.origin, token: server.env.ADMIN_TOKEN });
			for (const sku of ["in-a-browser", "drop-12-12"]) {
				const policy = { waitlistLimit: 0 };
				unwrap(await admin.defineProduct({ sku, title: sku, price: { amount: 100, currency: "USD" }, policy }));
				unwrap(await admin.restock({ sku, quantity: 1 }));
			}
			const pages = await serve(project());
			const { port } = pages.address() as AddressInfo;
			const browser = await chromium.launch({ executablePath: CHROMIUM ?? "", args: ["--no-sandbox"] });
			try {
				const page = await browser.newPage();
				const said: string[] = [];
				// The sandbox answers no page of another origin.
				const { service } = createShop({ origin: server.origin });
				await page.exposeFunction("pay", async (id: string) => {
					unwrap(await service.confirmSandboxPayment({ id, outcome: "approve" }));
				});
				page.on("console", (message) => said.push(message.text()));
				await page.goto(`http://127.0.0.1:${port}/`);
				// As text: the test runner would rewrite an import in a function.
				const bought = await page.evaluate(
					`import("/out/program.js").then(({ buy }) => buy("${server.origin}", "in-a-browser", pay))`,
				);
				expect(bought).toMatchObject(BOUGHT);
				said.length = 0;
				const opened = await page.evaluate(
					`import("/out/readme.js").then(() => localStorage.getItem("holdfast.shopper"))`,
				);
				expect(opened).toContain('"token"');
				expect(said).toContainEqual(expect.stringMatching(/^held 20\d\d-/));
				const paying = unwrap(await admin.getStock({ sku: "drop-12-12" }));
				expect(paying).toMatchObject({ available: 0, paying: 1 });
			} finally {
				await browser.close();
				pages.close();
			}
		},
	);
});

const PAGE = `<!doctype html><title>A page</title>
<script type="importmap">{"imports": {"holdfast-client": "/node_modules/holdfast-client/index.js"}}</script>`;

/** A page without a bundler, and the files of a project beside it. */
async function serve(project: string): Promise<Server> {
	const pages = createServer(({ url = "/" }, response) => {
		if (url === "/") return response.setHeader("content-type", "text/html").end(PAGE);
		if (!url.endsWith(".js")) return response.writeHead(404).end();
		return response.setHeader("content-type", "text/javascript").end(readFileSync(join(project, url)));
	});
	await new Promise<void>((done) => pages.listen(0, "127.0.0.1", done));
	return pages;
}
