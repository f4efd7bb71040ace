/**
 * One checkout, its effects executed as its object executes them, with a provider and SKUs that a test makes up, by a
 * clock that jumps from one alarm to the next. Every call to the provider is kept with its time and its key.
 */
import { vi } from "vitest";
import { type CheckoutPorts, perform } from "../../src/checkout/effects.ts";
import { evolve } from "../../src/checkout/rules/lifecycle.ts";
import type { Checkout, Event } from "../../src/checkout/rules/model.ts";
import { dueEffect, wakeAtMs } from "../../src/checkout/rules/next-effect.ts";
import type { RecordMessage } from "../../src/orders/messages.ts";
import type { Payment, PaymentProvider, PaymentResult } from "../../src/payments/provider.ts";
import { PAYMENT } from "./saga-dsl.ts";

/** More alarms than any checkout needs. */
const MANY = 1_000;

export interface ProviderCall {
	readonly kind: "read" | "void" | "capture" | "refund";
	readonly atMs: number;
	readonly key: string;
}

type Answers = Partial<Record<ProviderCall["kind"], (call: ProviderCall, amountMinor: number) => PaymentResult>>;

export class DrivenCheckout {
	c: Checkout;
	nowMs: number;
	readonly calls: ProviderCall[] = [];
	readonly messages: RecordMessage[] = [];
	/** The payment as the provider has it: what it answers where the test says nothing else. */
	payment: Payment;
	answers: Answers = {};
	/** Whether D1 confirms what it is sent. */
	confirms = true;

	constructor(c: Checkout, nowMs: number) {
		this.c = c;
		this.nowMs = nowMs;
		this.payment = c.payment?.seen ?? PAYMENT;
	}

	apply(event: Event): void {
		this.c = evolve(this.c, event, this.nowMs);
	}

	/** Does what is due, and then what comes due until this time. */
	async runUntil(endMs: number): Promise<void> {
		for (let alarms = 0; ; alarms++) {
			if (alarms > MANY) throw new Error(`the alarm rings for ever: ${JSON.stringify(this.c)}`);
			vi.setSystemTime(this.nowMs);
			this.apply({ kind: "tick" });
			await this.#run();
			const wakeMs = wakeAtMs(this.c);
			if (wakeMs === null || wakeMs > endMs) break;
			this.nowMs = Math.max(this.nowMs, wakeMs);
		}
		this.nowMs = Math.max(this.nowMs, endMs);
	}

	timesOf(kind: ProviderCall["kind"]): number[] {
		return this.calls.filter((call) => call.kind === kind).map(({ atMs }) => atMs);
	}

	keysOf(kind: ProviderCall["kind"]): string[] {
		return this.calls.filter((call) => call.kind === kind).map(({ key }) => key);
	}

	async #run(): Promise<void> {
		for (let effect = dueEffect(this.c, this.nowMs); effect !== null; effect = dueEffect(this.c, this.nowMs)) {
			const before = this.c;
			const { event, otherwise } = await perform(effect, this.c, this.#ports());
			this.apply(event);
			if (this.c === before) this.apply(otherwise);
			if (effect.kind === "record" && this.confirms) this.apply({ kind: "recorded", version: this.c.version });
			if (effect.kind === "record-settlement" && this.confirms) {
				this.apply({ kind: "settlement-recorded", version: this.c.unsettled?.version ?? 0 });
			}
		}
	}

	#ports(): CheckoutPorts {
		const answer = (kind: ProviderCall["kind"], key: string, amountMinor = 0): PaymentResult => {
			const call = { kind, key, atMs: this.nowMs };
			this.calls.push(call);
			return this.answers[kind]?.(call, amountMinor) ?? { kind: "ok", payment: this.payment };
		};
		const provider = {
			name: "sandbox",
			read: async () => answer("read", ""),
			void: async (_: string, key: string) => answer("void", key),
			capture: async (_: string, amountMinor: number, key: string) => answer("capture", key, amountMinor),
			refund: async (_: string, amountMinor: number, key: string) => answer("refund", key, amountMinor),
		};
		const sku = { unpin: async () => ({ kind: "unpinned" }), givenBack: async () => ({ kind: "given-back" }) };
		return {
			sku: async (_, call) => call(sku as never),
			paymentProvider: () => provider as unknown as PaymentProvider,
			send: async (message) => void this.messages.push(message),
		};
	}
}

export const gaps = (timesMs: readonly number[]): number[] => timesMs.slice(1).map((ms, i) => ms - (timesMs[i] ?? 0));
