/**
 * The object of the sandbox payment provider: a stand-in for Stripe that runs on a laptop.
 *
 * It is independent of us. It has its own storage, knows a checkout only as metadata of a payment, and reaches us only
 * by answers and signed webhooks, so its books can be compared with ours. A key takes effect once. Every command is one
 * synchronous transaction.
 *
 * Not here: the rules (`rules.ts`, `incidents.ts`), injected faults (`fault-injection.ts`), the port (`provider.ts`).
 */
import { DurableObject } from "cloudflare:workers";
import { newId } from "../../platform/id.ts";
import { migrate } from "../../platform/migrate.ts";
import type { CreateRequest, Payment } from "../provider.ts";
import { type FaultyCall, runWithFaults } from "./fault-injection.ts";
import { happen, misreport } from "./incidents.ts";
import type {
	ConfirmRequest,
	ConfirmResult,
	IncidentRequest,
	IncidentResult,
	SandboxReport,
	SandboxResult,
	WebhookOrder,
} from "./messages.ts";
import {
	capturePayment,
	confirmPayment,
	openPayment,
	refundPayment,
	type SandboxEventType,
	type Transition,
	voidPayment,
} from "./rules.ts";
import { SANDBOX_MIGRATIONS } from "./schema.ts";
import { newSecret, SIGNATURE_HEADER, sign } from "./signature.ts";
import * as tables from "./storage.ts";
import { type SandboxEvent, type Timing, timingOf, WebhookOutbox } from "./webhook-outbox.ts";

export type { ConfirmRequest, IncidentRequest, SandboxReport } from "./messages.ts";
export type { Fault } from "./storage.ts";

/** What the object needs of the Worker's environment. */
export interface SandboxObjectEnv {
	readonly ENVIRONMENT: string;
	/** Signs the webhooks. Where it is not set, the sandbox makes a secret of its own. */
	readonly SANDBOX_WEBHOOK_SECRET?: string;
}

const NOT_FOUND: SandboxResult = { kind: "refused", reason: "not-found", payment: null };

/** Where the object keeps the secret that it made. */
const SECRET_KEY = "webhookSecret";

export class SandboxObject extends DurableObject<SandboxObjectEnv> {
	readonly #outbox: WebhookOutbox;

	constructor(ctx: DurableObjectState, env: SandboxObjectEnv) {
		super(ctx, env);
		if (env.ENVIRONMENT !== "local") throw new Error("the sandbox payment provider runs only with ENVIRONMENT=local");
		migrate(ctx.storage, SANDBOX_MIGRATIONS);
		this.#outbox = new WebhookOutbox(ctx, (body, signal) => this.#post(body, signal));
	}

	/** Creates a payment. */
	create(request: CreateRequest): Promise<SandboxResult> {
		const requested = JSON.stringify([
			"create",
			request.checkoutId,
			request.amountMinor,
			request.currency,
			request.email,
		]);
		return this.#run({ call: "create", paymentId: null, key: request.key }, () => {
			const { sql } = this.ctx.storage;
			const known = this.#replay(request.key, requested);
			if (known !== null) return known;
			const payment = openPayment(request, `sbx_${newId()}`);
			tables.insertPayment(sql, payment, request.email);
			tables.insertKey(sql, request.key, requested, payment.id);
			return { kind: "ok", payment };
		});
	}

	/** The payment as the provider has it. */
	read(paymentId: string): Promise<SandboxResult> {
		return this.#run({ call: "read", paymentId, key: null }, () => this.peek(paymentId));
	}

	/** Cancels a payment before money is captured. */
	void(paymentId: string, key: string): Promise<SandboxResult> {
		return this.#change("void", paymentId, key, null, voidPayment);
	}

	/** Captures `amountMinor` of what was authorised, and releases the rest. */
	capture(paymentId: string, amountMinor: number, key: string): Promise<SandboxResult> {
		return this.#change("capture", paymentId, key, amountMinor, (payment) => capturePayment(payment, amountMinor));
	}

	/** Refunds `amountMinor` of what was captured. */
	refund(paymentId: string, amountMinor: number, key: string): Promise<SandboxResult> {
		return this.#change("refund", paymentId, key, amountMinor, (payment) => {
			const transition = refundPayment(payment, amountMinor);
			if (transition.kind === "changed") tables.insertRefund(this.ctx.storage.sql, paymentId, key, amountMinor);
			return transition;
		});
	}

	/**
	 * Plays the shopper's card or bank, one step of `CARD_OUTCOMES` at a time. A payment that was paid already is returned
	 * as it is. Faults do not apply.
	 */
	confirm(paymentId: string, how: ConfirmRequest): ConfirmResult {
		const nowMs = Date.now();
		const { sql } = this.ctx.storage;
		const confirmed = this.ctx.storage.transactionSync((): ConfirmResult => {
			const stored = tables.findPayment(sql, paymentId);
			if (stored === null) return { kind: "not-found" };
			const transition = confirmPayment(stored.payment, how.outcome, how.paidAtMs ?? nowMs);
			switch (transition.kind) {
				case "refused":
					return { kind: "not-payable", payment: transition.payment };
				case "unchanged":
					return { kind: "ok", payment: transition.payment };
				case "changed":
					this.#saveChange(transition, this.#silenced(stored, how), nowMs, timingOf(how));
					return { kind: "ok", payment: transition.payment };
			}
		});
		this.#outbox.start(nowMs);
		return confirmed;
	}

	/** Lets something happen to a payment that neither the shopper nor we did. Faults do not apply. */
	incident(paymentId: string, incident: IncidentRequest): IncidentResult {
		const nowMs = Date.now();
		const { sql } = this.ctx.storage;
		const result = this.ctx.storage.transactionSync((): IncidentResult => {
			const stored = tables.findPayment(sql, paymentId);
			if (stored === null) return { kind: "not-found" };
			const refund = tables.latestRefund(sql, paymentId);
			const transition = happen(stored.payment, incident, refund?.amountMinor ?? null);
			if (transition.kind === "refused") {
				return { kind: "impossible", reason: transition.reason, payment: transition.payment };
			}
			const silent = this.#silenced(stored, incident);
			if (incident.kind === "misreported" && !silent) {
				this.#report(misreport(stored.payment, incident.as), "payment.captured", nowMs, timingOf(incident));
			}
			if (transition.kind === "changed") {
				if (incident.kind === "refund-returned" && refund !== null) tables.returnRefund(sql, refund);
				if (incident.kind === "refunded-by-hand") {
					const amountMinor = transition.payment.refundedMinor - stored.payment.refundedMinor;
					tables.insertRefund(sql, paymentId, null, amountMinor);
				}
				this.#saveChange(transition, silent, nowMs, timingOf(incident));
			}
			return { kind: "ok", payment: transition.payment };
		});
		this.#outbox.start(nowMs);
		return result;
	}

	/** As `read`, for observers of the provider: faults do not apply. */
	peek(paymentId: string): SandboxResult {
		const stored = tables.findPayment(this.ctx.storage.sql, paymentId);
		return stored === null ? NOT_FOUND : { kind: "ok", payment: stored.payment };
	}

	/**
	 * Waits for the webhooks about a payment that are due now, and for those that they lead to.
	 * @returns how many are still to be sent later
	 */
	settled(paymentId: string): Promise<number> {
		return this.#outbox.settled(paymentId);
	}

	/** Makes the next calls fail as this list says, in its order. It replaces the former list. */
	setFaults(faults: readonly tables.Fault[]): void {
		this.ctx.storage.transactionSync(() => tables.replaceFaults(this.ctx.storage.sql, faults));
	}

	/** The faults that have not happened yet. */
	faults(): tables.Fault[] {
		return tables.listFaults(this.ctx.storage.sql);
	}

	/** The provider's own books: totals by currency, and one page of payments in the order of their creation. */
	books(cursor: string | null, limit: number): SandboxReport {
		const rows = tables.listPayments(this.ctx.storage.sql, Number(cursor ?? 0), limit + 1);
		const page = rows.slice(0, limit);
		return {
			totals: tables.totals(this.ctx.storage.sql),
			webhooks: this.#outbox.counts(),
			payments: page.map(({ payment }) => payment),
			nextCursor: rows.length > limit ? String(page.at(-1)?.seq) : null,
		};
	}

	/**
	 * The secret that signs the webhooks: the environment's, or else a random one, made on first use and kept for good.
	 */
	webhookSecret(): string {
		if (this.env.SANDBOX_WEBHOOK_SECRET) return this.env.SANDBOX_WEBHOOK_SECRET;
		const { kv } = this.ctx.storage;
		const kept = kv.get<string>(SECRET_KEY);
		if (kept !== undefined) return kept;
		const made = newSecret();
		kv.put(SECRET_KEY, made);
		return made;
	}

	override alarm(): Promise<void> {
		return this.#outbox.alarm(Date.now());
	}

	#change(
		call: "void" | "capture" | "refund",
		paymentId: string,
		key: string,
		amountMinor: number | null,
		rule: (payment: Payment) => Transition,
	): Promise<SandboxResult> {
		const requested = JSON.stringify([call, paymentId, amountMinor]);
		return this.#run({ call, paymentId, key }, () => {
			const { sql } = this.ctx.storage;
			const known = this.#replay(key, requested);
			if (known !== null) return known;
			const stored = tables.findPayment(sql, paymentId);
			if (stored === null) return NOT_FOUND;
			const transition = rule(stored.payment);
			if (transition.kind === "refused") return transition;
			tables.insertKey(sql, key, requested, paymentId);
			if (transition.kind === "changed") this.#saveChange(transition, stored.silent, Date.now(), timingOf({}));
			return { kind: "ok", payment: transition.payment };
		});
	}

	/** Executes one call in one transaction, with the fault that is due for it, if any. */
	#run(call: FaultyCall, work: () => SandboxResult): Promise<SandboxResult> {
		return runWithFaults(this.ctx.storage.sql, call, {
			now: (paymentId) => this.peek(paymentId),
			work: () => {
				const answer = this.ctx.storage.transactionSync(work);
				if (call.call !== "read") this.#outbox.start(Date.now());
				return answer;
			},
		});
	}

	/** The result of a key that was used before: the payment as it is by now. Null for a new key. */
	#replay(key: string, requested: string): SandboxResult | null {
		const before = tables.findKey(this.ctx.storage.sql, key);
		if (before === null) return null;
		return before.request === requested ? this.peek(before.paymentId) : { kind: "key-reused" };
	}

	/** Whether no webhook is sent about a payment, from now on. */
	#silenced(stored: tables.StoredPayment, { silent = false }: WebhookOrder): boolean {
		if (silent) tables.silence(this.ctx.storage.sql, stored.payment.id);
		return silent || stored.silent;
	}

	/** Stores a payment after a change, and adds the webhook about it to the outbox. */
	#saveChange(
		{ payment, event }: Extract<Transition, { kind: "changed" }>,
		silent: boolean,
		nowMs: number,
		timing: Timing,
	): void {
		tables.updatePayment(this.ctx.storage.sql, payment);
		if (!silent && event !== null) this.#report(payment, event, nowMs, timing);
	}

	/** Adds a webhook to the outbox. */
	#report(payment: Payment, type: SandboxEventType, nowMs: number, timing: Timing): void {
		const id = `evt_${newId()}`;
		const event: SandboxEvent = { id, type, createdAt: new Date(nowMs).toISOString(), payment };
		this.#outbox.owe(event, timing, nowMs);
	}

	/** Sends a webhook to our own Worker by its loopback binding, whatever host and port the Worker is served at. */
	async #post(body: string, signal: AbortSignal): Promise<number> {
		// https://developers.cloudflare.com/workers/runtime-apis/context/#exports
		const response = await this.ctx.exports.default.fetch("https://sandbox.invalid/webhooks/sandbox", {
			method: "POST",
			headers: {
				"content-type": "application/json",
				[SIGNATURE_HEADER]: await sign(this.webhookSecret(), body, Date.now()),
			},
			body,
			redirect: "manual",
			signal,
		});
		await response.body?.cancel();
		return response.status;
	}
}
