/**
 * A checkout in the memory of its object, and how much of it is stored: the state, what has happened since it was stored,
 * and the alarm, which is set in the same transaction.
 *
 * What callers say is stored at once (`keep`); what effects answered when a rule wants it (`note`, `store`). Nothing is
 * awaited in here.
 *
 * Not here: when something has to be stored (`rules/storing.ts`), the tables (`storage.ts`).
 */
import { assert } from "../platform/assert.ts";
import { isMigrated, migrate } from "../platform/migrate.ts";
import type { CheckoutAlarm } from "./alarm.ts";
import type { Effect } from "./rules/effect.ts";
import { evolve } from "./rules/lifecycle.ts";
import type { Checkout, Event } from "./rules/model.ts";
import { showsReturnedRefund } from "./rules/payment-snapshot.ts";
import { mayBeTold, mayStayUnstored, mustBeStoredBefore } from "./rules/storing.ts";
import { CHECKOUT_MIGRATIONS, CHECKOUT_MIGRATIONS_BEFORE, CheckoutStorage, type NewEvent } from "./storage.ts";

/** Setting the alarm takes a moment longer than storing; null when it was not set. */
type AlarmSet = Promise<void> | null;

export class KeptCheckout {
	readonly storage: CheckoutStorage;
	readonly #durable: DurableObjectStorage;
	readonly #alarm: CheckoutAlarm;
	#now: { readonly fingerprint: string; readonly checkout: Checkout } | null = null;
	#stored: Checkout | null = null;
	#unstored: NewEvent[] = [];

	constructor(durable: DurableObjectStorage, alarm: CheckoutAlarm) {
		this.storage = new CheckoutStorage(durable.sql);
		this.#durable = durable;
		this.#alarm = alarm;
		if (!isMigrated(durable)) return;
		migrate(durable, CHECKOUT_MIGRATIONS, ...CHECKOUT_MIGRATIONS_BEFORE);
		this.#now = this.storage.load();
		this.#stored = this.#now?.checkout ?? null;
	}

	/** The checkout as it is now, and the fingerprint of the request that opened it; null while there is none. */
	get now(): { readonly fingerprint: string; readonly checkout: Checkout } | null {
		return this.#now;
	}

	/** A checkout was opened, or opened again. */
	begin(fingerprint: string, checkout: Checkout): AlarmSet {
		if (this.#now === null) migrate(this.#durable, CHECKOUT_MIGRATIONS);
		const [now, events] = [this.#now, this.#unstored.length];
		this.#now = { fingerprint, checkout };
		this.#unstored.push({ atMs: Date.now(), kind: "opened", eventId: null, detail: { kind: "opened" } });
		return this.#storeOrUndo(now, events);
	}

	/** Adds an event, which is stored with what comes after it. @returns whether the checkout changed */
	note(event: Event, eventId: string | null = null): boolean {
		assert(this.#now !== null, "the checkout was opened");
		const { fingerprint, checkout: before } = this.#now;
		const atMs = Date.now();
		const after = evolve(before, event, atMs);
		// A merchant's key is stored even when nothing changed. A webhook that changed nothing need not be: delivered
		// again, it changes nothing again.
		if (after === before && (eventId === null || event.kind === "payment-seen")) return false;
		const isReturn = event.kind === "payment-seen" && showsReturnedRefund(before, event);
		const detail = isReturn ? { ...event, kind: "refund-returned" } : event;
		this.#now = { fingerprint, checkout: after };
		this.#unstored.push({ atMs, kind: detail.kind, eventId, detail });
		return after !== before;
	}

	/** Adds an event and stores it, or does neither. What was noted before is stored with it. */
	keep(event: Event, eventId: string | null): { readonly changed: boolean; readonly alarmSet: AlarmSet } {
		const [now, events] = [this.#now, this.#unstored.length];
		const changed = this.note(event, eventId);
		return { changed, alarmSet: this.#unstored.length === events ? null : this.#storeOrUndo(now, events) };
	}

	/** What cannot be stored has not happened. What was noted before that has. */
	#storeOrUndo(now: typeof this.now, events: number): AlarmSet {
		try {
			return this.store();
		} catch (error) {
			this.#now = now;
			this.#unstored.length = events;
			throw error;
		}
	}

	/** Stores the checkout, if anything has happened to it since it was stored. */
	store(): AlarmSet {
		if (this.#now === null || this.#unstored.length === 0) return null;
		const { fingerprint, checkout } = this.#now;
		try {
			const { alarmSet } = this.#durable.transactionSync(() => {
				this.storage.save(fingerprint, checkout, this.#unstored);
				return { alarmSet: this.#alarm.schedule(checkout) };
			});
			this.#stored = checkout;
			this.#unstored = [];
			return alarmSet;
		} catch (error) {
			// The alarm was rolled back with the rest.
			this.#alarm.forget();
			this.storage.forget();
			throw error;
		}
	}

	/** Whether it has to be stored before this effect of it. */
	isToBeStoredBefore(effect: Effect): boolean {
		if (this.#now === null || this.#stored === null) return true;
		return mustBeStoredBefore(effect, this.#stored, this.#now.checkout);
	}

	/** Stores what a caller who sees the checkout now would learn. */
	storeWhatIsTold(): AlarmSet {
		const mayTell = this.#now !== null && this.#stored !== null && mayBeTold(this.#stored, this.#now.checkout);
		return mayTell ? null : this.store();
	}

	/** Stores what has come of a drive. What the alarm will bring up again in time need not be. */
	storeAtRest(): AlarmSet {
		if (this.#now === null) return null;
		const { checkout } = this.#now;
		const mayWait = this.#stored !== null && mayStayUnstored(this.#stored, checkout) && this.#alarm.ringsFor(checkout);
		return (mayWait ? null : this.store()) ?? this.#alarm.schedule(checkout);
	}

	/** Deletes everything, the alarm too. */
	async forget(): Promise<void> {
		this.#now = null;
		this.#stored = null;
		this.#unstored = [];
		this.#alarm.forget();
		this.storage.forget();
		await Promise.all([this.#durable.deleteAlarm(), this.#durable.deleteAll()]);
	}
}
