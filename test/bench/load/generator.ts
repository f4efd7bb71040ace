/**
 * The load generator: a process of its own on a core of its own. It is a closed loop: each connection sends its next
 * request when the last one was answered, so the number of connections is the number of requests in flight. Whatever
 * costs time is prepared before the clock starts. Answers after the end are not counted.
 */
import { newId } from "../../../src/platform/id.ts";
import type { LoadOrder, LoadReply, LoadResult } from "./messages.ts";
import { signer } from "./tokens.ts";
import { type Connection, open } from "./wire.ts";

function prepare({ port, request, atMost }: LoadOrder): (index: number) => string {
	const { method, path, tokenSecret, sometimes } = request;
	const whole = (body: string | null, authorization: string) => {
		const content =
			body === null ? "" : `Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n`;
		return `${method} ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n${content}${authorization}\r\n${body ?? ""}`;
	};
	if (tokenSecret === null) {
		const only = whole(request.body, "");
		return () => only;
	}
	const sign = signer(tokenSecret);
	const bodyOf = (index: number) =>
		sometimes !== undefined && (index + 1) % sometimes.every === 0 ? sometimes.body : request.body;
	const ready = Array.from({ length: atMost }, (_, index) =>
		whole(bodyOf(index), `Authorization: Bearer ${sign(`s_${newId()}`)}\r\n`),
	);
	return (index) => ready[index] ?? "";
}

async function run(order: LoadOrder): Promise<LoadResult> {
	const requestAt = prepare(order);
	let fail: (error: Error) => void = () => {};
	const failed = new Promise<never>((_, reject) => {
		fail = reject;
	});
	failed.catch(() => {});
	const connections = await Promise.all(Array.from({ length: order.connections }, () => open(order.port, fail)));
	try {
		return await Promise.race([measure(order, connections, requestAt), failed]);
	} finally {
		for (const connection of connections) connection.close();
	}
}

function measure(
	order: LoadOrder,
	connections: readonly Connection[],
	requestAt: (index: number) => string,
): Promise<LoadResult> {
	const statuses: Record<number, number> = {};
	const latenciesMs: number[] = [];
	let sent = 0;
	let answered = 0;
	return new Promise((done) => {
		const startMs = performance.now() + order.warmMs;
		const endMs = startMs + order.measureMs;
		let lastMs = startMs;
		let busy = connections.length;
		const rest = () => {
			busy -= 1;
			if (busy === 0) done(summary(answered, lastMs - startMs, latenciesMs, statuses));
		};
		for (const connection of connections) {
			let sentMs = 0;
			const onAnswer = (status: number) => {
				const nowMs = performance.now();
				statuses[status] = (statuses[status] ?? 0) + 1;
				if (nowMs >= startMs && nowMs <= endMs) {
					answered += 1;
					lastMs = nowMs;
					latenciesMs.push(nowMs - sentMs);
				}
				next(nowMs);
			};
			const next = (nowMs: number) => {
				if (nowMs >= endMs || sent >= order.atMost) return rest();
				sentMs = nowMs;
				connection.send(requestAt(sent), onAnswer);
				sent += 1;
			};
			next(performance.now());
		}
	});
}

function summary(
	answered: number,
	elapsedMs: number,
	latenciesMs: number[],
	statuses: LoadResult["statuses"],
): LoadResult {
	const sorted = Float64Array.from(latenciesMs).sort();
	const quantile = (part: number) => sorted[Math.max(0, Math.ceil(sorted.length * part) - 1)] ?? 0;
	const seconds = elapsedMs / 1000;
	return {
		answered,
		seconds,
		perSecond: seconds > 0 ? answered / seconds : 0,
		p50Ms: quantile(0.5),
		p99Ms: quantile(0.99),
		statuses,
	};
}

process.on("message", (order: LoadOrder) => {
	const reply = (message: LoadReply) => process.send?.(message);
	run(order).then(
		(result) => reply({ ok: true, result }),
		(error: unknown) => reply({ ok: false, error: error instanceof Error ? error.message : String(error) }),
	);
});
// The bench is gone.
process.once("disconnect", () => process.exit());
