/**
 * Runs the commands of a SKU's object: each in one unit of work and one transaction.
 *
 * Invariants:
 * - A command is stored whole or not at all, and with it the alarm and the receipt of its Idempotency-Key.
 * - Nothing is awaited inside the transaction, so commands that arrive together are decided one after the other.
 */
import type { Product } from "../catalog/product.ts";
import { InvariantError } from "../platform/assert.ts";
import type { SkuAlarm } from "./alarm.ts";
import type { MailOutbox } from "./mail-outbox.ts";
import type { NewsOutbox } from "./news-outbox.ts";
import type { PreorderOutbox } from "./preorder-outbox.ts";
import type { Keyed, KeyReused, UnknownSku } from "./rpc.ts";
import type { SkuStorage } from "./storage/sku-storage.ts";
import { UnitOfWork } from "./unit-of-work.ts";

export class CommandRunner {
	readonly #ctx: DurableObjectState;
	readonly #storage: SkuStorage;
	readonly #alarm: SkuAlarm;
	readonly #outbox: PreorderOutbox;
	readonly #news: NewsOutbox;
	readonly #mails: MailOutbox;
	readonly #product: () => Product | null;
	readonly #onRun: () => void;
	readonly #onChange: (unit: UnitOfWork) => void;

	/**
	 * @param object.product read for each unit of work, since the merchant may change the product between two of them
	 * @param object.onRun called for each command, which is all that the object is called for
	 * @param object.onChange called after a unit of work that changed something was stored
	 */
	constructor(object: {
		readonly ctx: DurableObjectState;
		readonly storage: SkuStorage;
		readonly alarm: SkuAlarm;
		readonly outbox: PreorderOutbox;
		readonly news: NewsOutbox;
		readonly mails: MailOutbox;
		readonly product: () => Product | null;
		readonly onRun: () => void;
		readonly onChange: (unit: UnitOfWork) => void;
	}) {
		this.#ctx = object.ctx;
		this.#storage = object.storage;
		this.#alarm = object.alarm;
		this.#outbox = object.outbox;
		this.#news = object.news;
		this.#mails = object.mails;
		this.#product = object.product;
		this.#onRun = object.onRun;
		this.#onChange = object.onChange;
	}

	/**
	 * Runs one command. When more is due than one unit of work may end, further units of work do that first, and other
	 * commands are served between them.
	 */
	async run<T>(command: (unit: UnitOfWork) => T): Promise<T | UnknownSku> {
		this.#onRun();
		for (;;) {
			const product = this.#product();
			if (product === null) return { kind: "unknown-sku" };
			// Before the commit, which sets the alarm for the time after this one.
			const nowMs = Date.now();
			for (const resent of [this.#outbox.resendDue(product.sku, nowMs), this.#mails.resendDue(product.sku, nowMs)])
				if (resent !== null) this.#ctx.waitUntil(resent);
			const done = this.#commit(product, command);
			await done.alarmSet;
			if (done.preorders.length > 0) this.#ctx.waitUntil(this.#outbox.send(product.sku, done.preorders));
			if (done.unit.owesMail) this.#ctx.waitUntil(this.#mails.send(product.sku));
			if (done.unit.hasChanged) this.#onChange(done.unit);
			if (done.isDecided) return done.result;
			await scheduler.wait(0);
		}
	}

	/**
	 * Runs a query of whoever looks after the shop. Where the counters contradict each other nothing that is due can be
	 * ended, and that is just what has to be seen: then it is answered by what is stored.
	 */
	async look<T>(query: (unit: UnitOfWork) => T): Promise<T | UnknownSku> {
		try {
			return await this.run(query);
		} catch (error) {
			const product = this.#product();
			if (product === null || !(error instanceof InvariantError)) throw error;
			return query(new UnitOfWork(this.#storage, product, Date.now()));
		}
	}

	/**
	 * Runs a command whose result is stored under the merchant's key, in the same transaction, and given again when the
	 * command comes again. A refusal is not stored. @param keyed null for a request without a key
	 */
	runIdempotent<T extends { readonly kind: string }>(
		keyed: Keyed | null,
		command: (unit: UnitOfWork) => T,
	): Promise<T | KeyReused | UnknownSku> {
		return this.run((unit): T | KeyReused => {
			const receipt = keyed && this.#storage.receipt(keyed.key);
			if (receipt) {
				return receipt.fingerprint === keyed.fingerprint ? (JSON.parse(receipt.answer) as T) : { kind: "key-reused" };
			}
			const result = command(unit);
			if (keyed && (result.kind === "restocked" || result.kind === "adjusted")) {
				this.#storage.saveReceipt(keyed.key, keyed.fingerprint, JSON.stringify(result));
			}
			return result;
		});
	}

	#commit<T>(product: Product, command: (unit: UnitOfWork) => T) {
		try {
			return this.#ctx.storage.transactionSync(() => {
				const unit = new UnitOfWork(this.#storage, product, Date.now());
				const decided = unit.expireDue()
					? { isDecided: true as const, result: command(unit) }
					: { isDecided: false as const };
				unit.close();
				const preorders = [...unit.preorderChanges.values()];
				if (preorders.length > 0) this.#outbox.scheduleResend(unit.nowMs);
				if (unit.owesMail) this.#mails.scheduleResend(unit.nowMs);
				if (unit.hasChanged) this.#news.note(unit);
				const alarmSet = this.#alarm.schedule(unit.nowMs, unit.isOverBudget);
				return { ...decided, unit, preorders, alarmSet };
			});
		} catch (error) {
			// The alarm was undone with the rest.
			this.#alarm.forget();
			this.#storage.discardBuffer();
			throw error;
		}
	}
}
