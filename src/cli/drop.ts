/**
 * `npm run drop`: many buyers, few units, over HTTP. It puts the project's promise to the test in one command, and its
 * exit status says whether the promise held. Without `--url` it leaves neither a process nor a file behind.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runCommand } from "./command.ts";
import { freshEnv } from "./dev-vars.ts";
import { AdminReader } from "./drop/admin-reader.ts";
import type { BuyerContext } from "./drop/buyer-context.ts";
import { planBuyers } from "./drop/buyer-plans.ts";
import { collectEvidence } from "./drop/collect-evidence.ts";
import { Merchant } from "./drop/merchant.ts";
import { type DropOptions, HELP, parseDropOptions } from "./drop/options.ts";
import { type Measurements, printReport, writeJson } from "./drop/report.ts";
import { runBuyers } from "./drop/run.ts";
import { MeasuredShop } from "./drop/shop.ts";
import { judge, type Verdict } from "./drop/verdict.ts";
import { startServer } from "./local-server.ts";
import { shutdownSignal } from "./shutdown-signal.ts";
import { Progress, printStatus } from "./terminal.ts";

/** The grace is a quarter of the payment window, up to what shops commonly give. */
const LONGEST_GRACE_SECONDS = 120;
const MERCHANT_CONNECTIONS = 64;
const PLAIN_LINE_EVERY_MS = 2000;

interface Target {
	readonly url: string;
	readonly adminToken: string;
	close(): Promise<void>;
}

/** A server for this drop alone, on a free port and with fresh state, which `close` removes. */
async function startTarget(signal: AbortSignal, rateLimits: boolean): Promise<Target> {
	printStatus("starting a server with fresh state…");
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
	const { stock, buyers, preorder } = options;
	const runId = `${options.seed}-${Date.now().toString(36)}`;
	const sku = `drop-${runId}`;
	const graceSeconds = Math.min(LONGEST_GRACE_SECONDS, Math.ceil(options.paymentWindowSeconds / 4));
	const merchant = new Merchant(target.url, target.adminToken, Math.min(options.concurrency, MERCHANT_CONNECTIONS));
	await merchant.putOnSale(sku, stock, { ...options, graceSeconds });
	const clockAheadMs = await merchant.clockAheadMs(sku);
	const tokens = await issueTokens(merchant, buyers, sku);
	if (options.lateRate > 0) await merchant.failVoids((graceSeconds + 1) * 1000);

	const patienceMs = options.patienceSeconds * 1000;
	const graceMs = graceSeconds * 1000;
	const shop = new MeasuredShop(target.url, options.concurrency, patienceMs);
	const reader = new AdminReader(merchant, sku);
	const plans = planBuyers(options);
	const { onEvent, stop } = buyerProgress(plans.length, options.waitlist);
	const context = { shop, sku, runId, clockAheadMs, patienceMs, graceMs, acceptsPreorder: preorder > 0, onEvent };
	const startedAt = new Date();
	const { reports, deliveries, seconds } = await runBuyers(context, merchant, reader, plans, tokens, options.restock);
	const { requests } = shop; // before those that collect the evidence
	stop();

	if (options.lateRate > 0) await merchant.clearFaults();
	const evidence = await collectEvidence(context, reader, reports, tokens, options.target === null, printStatus);
	const { serverErrors, turnedAway, noAnswers, latencies } = shop;
	const verdict = judge({
		...{ buyers, stock, deliveries, preorder, graceMs, clockAheadMs, serverErrors, reports, evidence, sku },
	});
	const measured: Measurements = {
		...{ sku, origin: target.url, startedAt: startedAt.toISOString(), rushSeconds: seconds },
		...{ requests, turnedAway, serverErrors, noAnswers, latencies },
	};
	printReport(verdict, measured);
	if (options.json !== null) writeJson(options.json, options, verdict, measured);
	shop.close();
	merchant.close();
	return verdict;
}

async function issueTokens(merchant: Merchant, buyers: number, sku: string): Promise<string[]> {
	const progress = new Progress("tokens {bar} {value}/{total}", buyers, {}, PLAIN_LINE_EVERY_MS);
	const ids = Array.from({ length: buyers }, (_, index) => `${sku}-${index}`);
	const tokens = await merchant.issueTokens(ids, () => progress.step());
	progress.stop();
	return tokens;
}

function buyerProgress(buyers: number, waitlist: boolean): Pick<BuyerContext, "onEvent"> & { stop(): void } {
	const counts = { held: 0, waiting: 0, refused: 0, paid: 0 };
	const waiting = waitlist ? " · waiting {waiting}" : "";
	const format = `buyers {bar} {value}/{total} · held {held}${waiting} · refused {refused} · paid {paid}`;
	const progress = new Progress(format, buyers, counts, PLAIN_LINE_EVERY_MS);
	return {
		onEvent(event) {
			if (event === "done") return progress.step();
			counts[event] += 1;
			progress.update(counts);
		},
		stop: () => progress.stop(),
	};
}

runCommand("drop", async () => {
	const options = parseDropOptions(process.argv.slice(2), process.env);
	if (options === null) {
		console.log(HELP);
		return 0;
	}
	const shutdown = shutdownSignal();
	const interrupted = new Promise<"interrupted">((resolve) => {
		shutdown.addEventListener("abort", () => resolve("interrupted"));
	});
	const target = options.target
		? { ...options.target, close: async () => {} }
		: await startTarget(shutdown, options.rateLimits);
	try {
		const verdict = await Promise.race([drop(options, target), interrupted]);
		if (verdict === "interrupted") printStatus("\nstopped before the end");
		return verdict !== "interrupted" && verdict.ok ? 0 : 1;
	} finally {
		await target.close();
	}
});
