/**
 * The thread in which a rush runs: virtual time takes the clock and the timers of a whole thread. It is told what to run,
 * says from time to time how far it is, and answers with the figures.
 */
import { parentPort, workerData } from "node:worker_threads";
import type { Figures } from "./figures.ts";
import type { RushOrder } from "./rush-order.ts";

export type ThreadMessage =
	| { readonly kind: "moment"; readonly atMs: number; readonly presses: number }
	| { readonly kind: "figures"; readonly figures: Figures };

if (parentPort !== null) {
	const port = parentPort;
	await import("./workers-module.ts");
	// A million refusals need no stack.
	Error.stackTraceLimit = 0;
	const { playRush } = await import("./play.ts");
	const send = (message: ThreadMessage) => port.postMessage(message);
	const figures = await playRush(workerData as RushOrder, (atMs, presses) => send({ kind: "moment", atMs, presses }));
	send({ kind: "figures", figures });
}
