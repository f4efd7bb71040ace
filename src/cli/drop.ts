/**
 * `npm run drop`: many buyers, few units, over HTTP: the project's promise, put to the test in one command.
 *
 * What it keeps true: without `--url` it leaves nothing behind, neither process nor file; its exit code says whether
 * the promise held. Not here: each part of it (`drop/`).
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freshEnv } from "./dev-vars.ts";
import { AdminReader } from "./drop/admin-reader.ts";
import type { BuyerContext } from "./drop/buyer-context.ts";
import { planBuyers } from "./drop/buyer-plans.ts";
import { collectEvidence } from "./drop/collect-evidence.ts";
import { Merchant } from "./drop/merchant.ts";
import { type DropOptions, HELP, parseOptions, UsageError } from "./drop/options.ts";
import { type Count, type Measurements, Progress, printTable, tell, writeJson } from "./drop/report.ts";
import { runBuyers } from "./drop/run.ts";
import { Shop } from "./drop/shop.ts";
import { judge, type Verdict } from "./drop/verdict.ts";
import { ServerError, startServer } from "./local-server.ts";
import { shutdownSignal } from "./shutdown-signal.ts";

/** A quarter of the payment window, up to what shops commonly give. */
const LONGEST_GRACE_SECONDS = 120;

interface Target {
	readonly url: string;
	readonly adminToken: string;
	close(): Promise<void>;
}

/** A server for this drop alone: free port, fresh state, gone afterwards. */
async function ownServer(signal: AbortSignal, rateLimits: boolean): Promise<Target> {
	tell("starting a server with fresh state…");
	const stateDir = mkdtempSync(join(tmpdir(), "holdfast-drop-"));
	const removeState = () => rmSync(stateDir, { recursive: true, force: true });
	const env = { ...freshEnv(), RATE_LIMITS: rateLimits ? "on" : "off" };
	try {
		const server = await startServer({ stateDir, env, port: 0, signal });
		const close = async () => {
			await server.stop();
			removeState();
		};
		return { url: server.origin, adminToken: env.ADMIN_TOKEN, close };
	} catch (error) {
		removeState();
		throw error;
	}
}

async function drop(options: DropOptions, target: Omit<Target, "close">): Promise<Verdict> {
	const { stock, buyers, preorder, restocks } = options;
	const runId = `${options.seed}-${Date.now().toString(36)}`;
	const sku = `drop-${runId}`;
	const graceSeconds = Math.min(LONGEST_GRACE_SECONDS, Math.ceil(options.paymentWindowSeconds / 4));
	const merchant = new Merchant(target.url, target.adminToken, Math.min(options.concurrency, 64));
	await merchant.putOnSale(sku, stock, { ...options, graceSeconds });
	const clockAheadMs = await merchant.clockAheadMs(sku);
	const tokens = await signUp(merchant, options, sku);
	if (options.lateRate > 0) await merchant.failVoids((graceSeconds + 1) * 1000);

	const patienceMs = options.patienceSeconds * 1000;
	const graceMs = graceSeconds * 1000;
	const shop = new Shop(target.url, options.concurrency, patienceMs);
	const reader = new AdminReader(merchant, sku);
	const plans = planBuyers(options);
	const counts: Count[] = options.waitlist ? ["held", "waiting", "refused", "paid"] : ["held", "refused", "paid"];
	const progress = new Progress("buyers", plans.length, counts);
	const onEvent: BuyerContext["onEvent"] = (event) => (event === "done" ? progress.step() : progress.count(event));
	const context = { shop, sku, runId, clockAheadMs, patienceMs, graceMs, acceptsPreorder: preorder > 0, onEvent };
	const startedAt = new Date();
	const { reports, deliveries, seconds } = await runBuyers(context, merchant, reader, plans, tokens, restocks);
	const { requests } = shop;
	progress.stop();

	if (options.lateRate > 0) await merchant.clearFaults();
	const evidence = await collectEvidence(context, reader, reports, tokens, options.target === null, tell);
	const { serverErrors, turnedAway, noAnswers, latencies } = shop;
	const verdict = judge({
		...{ buyers, stock, deliveries, preorder, graceMs, clockAheadMs, serverErrors, reports: reports, evidence, sku },
	});
	const measured: Measurements = {
		...{ sku, origin: target.url, startedAt: startedAt.toISOString(), rushSeconds: seconds },
		...{ requests, turnedAway, serverErrors, noAnswers, latencies },
	};
	printTable(verdict, measured);
	if (options.jsonFile !== null) writeJson(options.jsonFile, options, verdict, measured);
	shop.close();
	merchant.close();
	return verdict;
}

async function signUp(merchant: Merchant, options: DropOptions, sku: string): Promise<string[]> {
	const progress = new Progress("tokens", options.buyers, []);
	const ids = Array.from({ length: options.buyers }, (_, index) => `${sku}-${index}`);
	const tokens = await merchant.issueTokens(ids, () => progress.step());
	progress.stop();
	return tokens;
}

async function main(): Promise<number> {
	const options = parseOptions(process.argv.slice(2), process.env);
	if (options === null) {
		console.log(HELP);
		return 0;
	}
	const ended = shutdownSignal();
	const interrupted = new Promise<"interrupted">((done) => {
		ended.addEventListener("abort", () => done("interrupted"));
	});

	const target = options.target
		? { ...options.target, close: async () => {} }
		: await ownServer(ended, options.rateLimits);
	try {
		const verdict = await Promise.race([drop(options, target), interrupted]);
		if (verdict === "interrupted") tell("\nstopped before the end");
		return verdict !== "interrupted" && verdict.ok ? 0 : 1;
	} finally {
		await target.close();
	}
}

main().then(
	(code) => process.exit(code),
	(error: unknown) => {
		if (error instanceof UsageError) {
			console.error(`${error.message}\n\n${HELP}`);
			process.exit(2);
		}
		console.error(error instanceof ServerError ? error.message : error);
		process.exit(1);
	},
);
