/**
 * The contract of the port `PaymentProvider` as one suite, to be run against every provider.
 *
 * A harness plays the other side: the shopper, who pays or fails to; the shopper's bank; the network, which loses a call
 * or its answer; the provider's accidents; and its webhooks as they were sent.
 *
 * It is longer than 300 lines since it is one contract: a provider passes all of it, so a reader who adds one should
 * find all of it in one place. A split by `describe` would pay off only for a provider that implements a part.
 */
import { describe, expect, it } from "vitest";
import type { CreateRequest, Payment, PaymentProvider, PaymentResult } from "../../src/payments/provider.ts";

export interface ProviderHarness {
	readonly provider: PaymentProvider;
	/**
	 * The shopper tries to pay. Trying a payment that cannot be paid changes nothing. `begin`: the shopper goes to their
	 * bank's page. `debit`: by a method that answers later; then `capture` and `decline` are its answer.
	 */
	pay(
		paymentId: string,
		outcome: "begin" | "approve" | "decline" | "capture" | "debit",
		paidAtMs?: number,
	): Promise<void>;
	/** The shopper's bank sends the latest refund back. */
	returnRefund(paymentId: string): Promise<void>;
	/** The shopper's bank takes back all that was captured, or decides about that. */
	dispute(paymentId: string, how: "open" | "won" | "lost"): Promise<void>;
	/** Loses the next call of that kind before it reaches the provider, or only its answer. */
	lose(call: "create" | "read" | "void" | "capture" | "refund", what: "call" | "answer"): Promise<void>;
	/** The next call of that kind breaks at the provider without an effect, and the provider remembers that for its key. */
	breakNext(call: "create" | "void" | "capture" | "refund"): Promise<void>;
	/** From now on the provider reads well, and does no call of that kind; or does it again. */
	refuse(call: "void" | "capture" | "refund", refuses: boolean): Promise<void>;
	/** Every webhook sent so far about this payment, in order. */
	webhooks(paymentId: string): Promise<{ readonly body: string; readonly headers: Headers }[]>;
	/** A verified webhook of a type that we do not act upon. */
	irrelevantWebhook(): Promise<{ readonly body: string; readonly headers: Headers }>;
}

let serial = 0;
const newKey = () => `key-${crypto.randomUUID()}-${serial++}`;

/** Describes the suite for one provider. @param make is called for each test */
export function describePaymentProvider(name: string, make: () => ProviderHarness | Promise<ProviderHarness>): void {
	describe(`${name} behind the payment port`, () => {
		describe("create", () => {
			it("creates a payment that nobody has paid", async () => {
				const { provider } = await make();
				const request = aRequest({ amountMinor: 1999, currency: "EUR" });
				const created = await provider.create(request);
				if (created.kind !== "created") throw new Error(created.detail);
				expect(created.payment).toEqual({
					id: expect.stringMatching(/^\S+$/),
					checkoutId: request.checkoutId,
					status: "open",
					currency: "EUR",
					amountMinor: 1999,
					authorisedMinor: 0,
					capturedMinor: 0,
					refundedMinor: 0,
					disputedMinor: 0,
					paidAtMs: null,
					attemptUnderWay: false,
					declined: null,
				});
				expect(Object.values(created.payWith)).toEqual([expect.stringMatching(/\S/)]);
			});

			it("answers the same key with the same payment, as it is now", async () => {
				const harness = await make();
				const request = aRequest();
				const first = await open(harness, request);
				await harness.pay(first.id, "approve");
				const again = await harness.provider.create(request);
				expect(again).toMatchObject({ kind: "created", payment: { id: first.id, status: "authorised" } });
				expect((await open(harness, { ...request, key: newKey() })).id).not.toBe(first.id);
			});

			it("creates one payment when it is repeated after a lost answer", async () => {
				const harness = await make();
				const request = aRequest();
				await harness.lose("create", "answer");
				expect(await harness.provider.create(request)).toMatchObject({ kind: "unknown" });
				const { id } = await open(harness, request);
				expect((await open(harness, request)).id).toBe(id);
			});
		});

		describe("read", () => {
			it("refuses an unknown payment", async () => {
				const { provider } = await make();
				expect(await provider.read("pi_nobody")).toEqual({ kind: "refused", reason: "not-found", payment: null });
			});

			it("has the time at which the shopper paid, not that of the webhook", async () => {
				const harness = await make();
				const { id } = await open(harness);
				const paidAtMs = Date.UTC(2026, 11, 12, 12, 12, 12);
				await harness.pay(id, "approve", paidAtMs);
				expect(await state(harness, id)).toMatchObject({ status: "authorised", authorisedMinor: 1000, paidAtMs });
			});

			it("is unknown without an answer", async () => {
				const harness = await make();
				const { id } = await open(harness);
				await harness.lose("read", "answer");
				expect(await harness.provider.read(id)).toMatchObject({ kind: "unknown" });
				expect(await state(harness, id)).toMatchObject({ status: "open" });
			});
		});

		describe("a declined card", () => {
			it("leaves the payment open with the reason, and another card may pay", async () => {
				const harness = await make();
				const { id } = await open(harness);
				await harness.pay(id, "decline");
				expect(await state(harness, id)).toMatchObject({
					status: "open",
					paidAtMs: null,
					declined: { code: "card_declined", atMs: expect.any(Number) },
				});
				await harness.pay(id, "approve");
				expect(await state(harness, id)).toMatchObject({ status: "authorised", declined: null });
			});
		});

		describe("capture", () => {
			it("captures the whole amount", async () => {
				const harness = await make();
				const { id } = await paid(harness);
				expect(ok(await harness.provider.capture(id, 1000, newKey()))).toMatchObject({
					status: "captured",
					authorisedMinor: 0,
					capturedMinor: 1000,
					refundedMinor: 0,
				});
			});

			it("captures less, and releases the rest without a refund", async () => {
				const harness = await make();
				const { id } = await paid(harness);
				ok(await harness.provider.capture(id, 400, newKey()));
				expect(await state(harness, id)).toMatchObject({
					status: "captured",
					amountMinor: 1000,
					authorisedMinor: 0,
					capturedMinor: 400,
					refundedMinor: 0,
				});
			});

			it("takes effect once: the same key answers, another key is refused", async () => {
				const harness = await make();
				const { id } = await paid(harness);
				const key = newKey();
				const first = await harness.provider.capture(id, 400, key);
				expect(await harness.provider.capture(id, 400, key)).toEqual(first);
				expect(await harness.provider.capture(id, 400, newKey())).toMatchObject({
					kind: "refused",
					reason: "already-captured",
					payment: { capturedMinor: 400 },
				});
			});

			it("answers a repeated key with the present payment, refunds included", async () => {
				const harness = await make();
				const { id } = await paid(harness);
				const key = newKey();
				ok(await harness.provider.capture(id, 400, key));
				ok(await harness.provider.refund(id, 150, newKey()));
				expect(ok(await harness.provider.capture(id, 400, key))).toMatchObject({
					capturedMinor: 400,
					refundedMinor: 150,
				});
			});

			it("refuses more than was authorised, and captures nothing", async () => {
				const harness = await make();
				const { id } = await paid(harness);
				const result = await harness.provider.capture(id, 1001, newKey());
				expect(result).toMatchObject({
					kind: "refused",
					reason: "amount-too-large",
					payment: { status: "authorised" },
				});
				expect(await state(harness, id)).toMatchObject({ status: "authorised", capturedMinor: 0 });
			});

			it("refuses an unpaid payment, which may be captured once it is paid", async () => {
				const harness = await make();
				const { id } = await open(harness);
				const key = newKey();
				expect(await harness.provider.capture(id, 1000, key)).toMatchObject({ kind: "refused", reason: "not-paid" });
				await harness.pay(id, "approve");
				const again = await harness.provider.capture(id, 1000, key);
				// A provider may remember what it refused. Then it says that this key is of no more use.
				if (again.kind !== "ok") {
					expect(again).toMatchObject({ kind: "unknown", isRemembered: true });
					ok(await harness.provider.capture(id, 1000, newKey()));
				}
				expect(await state(harness, id)).toMatchObject({ status: "captured", capturedMinor: 1000 });
			});

			it("refuses a voided payment", async () => {
				const harness = await make();
				const { id } = await paid(harness);
				ok(await harness.provider.void(id, newKey()));
				const result = await harness.provider.capture(id, 1000, newKey());
				expect(result).toMatchObject({ kind: "refused", reason: "already-voided", payment: { capturedMinor: 0 } });
			});

			it("refuses an unknown payment", async () => {
				const { provider } = await make();
				const result = await provider.capture("pi_nobody", 1, newKey());
				expect(result).toEqual({ kind: "refused", reason: "not-found", payment: null });
			});
		});

		describe("void", () => {
			it.each(["open", "authorised"] as const)("cancels a payment that is %s, for good", async (status) => {
				const harness = await make();
				const { id } = status === "open" ? await open(harness) : await paid(harness);
				const voided = ok(await harness.provider.void(id, newKey()));
				expect(voided).toMatchObject({ status: "voided", authorisedMinor: 0, capturedMinor: 0, refundedMinor: 0 });
				expect(voided.paidAtMs === null).toBe(status === "open");
				await harness.pay(id, "approve");
				expect(await state(harness, id)).toMatchObject({ status: "voided", authorisedMinor: 0 });
			});

			it("leaves a payment unpaid that was only ever declined", async () => {
				const harness = await make();
				const { id } = await open(harness);
				await harness.pay(id, "decline");
				expect(ok(await harness.provider.void(id, newKey()))).toMatchObject({ status: "voided", paidAtMs: null });
			});

			it("changes nothing the second time, by the same key and by another", async () => {
				const harness = await make();
				const { id } = await paid(harness);
				const key = newKey();
				ok(await harness.provider.void(id, key));
				expect(ok(await harness.provider.void(id, key))).toMatchObject({ status: "voided" });
				expect(ok(await harness.provider.void(id, newKey()))).toMatchObject({ status: "voided" });
			});

			it("is refused after the capture, with the captured amount (medusa 4946)", async () => {
				const harness = await make();
				const { id } = await captured(harness, 700);
				expect(await harness.provider.void(id, newKey())).toMatchObject({
					kind: "refused",
					reason: "already-captured",
					payment: { status: "captured", capturedMinor: 700 },
				});
			});

			it("is refused for a method that captures at once", async () => {
				const harness = await make();
				const { id } = await open(harness);
				await harness.pay(id, "capture");
				expect(await harness.provider.void(id, newKey())).toMatchObject({
					kind: "refused",
					reason: "already-captured",
					payment: { status: "captured", capturedMinor: 1000, authorisedMinor: 0, paidAtMs: expect.any(Number) },
				});
			});

			it("refuses an unknown payment", async () => {
				const { provider } = await make();
				expect(await provider.void("pi_nobody", newKey())).toEqual({
					kind: "refused",
					reason: "not-found",
					payment: null,
				});
			});
		});

		describe("refund", () => {
			it("refunds in parts, never more than was captured", async () => {
				const harness = await make();
				const { id } = await captured(harness, 700);
				expect(ok(await harness.provider.refund(id, 300, newKey()))).toMatchObject({ refundedMinor: 300 });
				expect(await harness.provider.refund(id, 401, newKey())).toMatchObject({
					kind: "refused",
					reason: "amount-too-large",
					payment: { refundedMinor: 300 },
				});
				expect(ok(await harness.provider.refund(id, 400, newKey()))).toMatchObject({
					status: "captured",
					capturedMinor: 700,
					refundedMinor: 700,
				});
				expect(await harness.provider.refund(id, 1, newKey())).toMatchObject({ reason: "amount-too-large" });
			});

			it("takes effect once for a key, and a repetition answers with the present payment", async () => {
				const harness = await make();
				const { id } = await captured(harness, 1000);
				const key = newKey();
				ok(await harness.provider.refund(id, 100, key));
				ok(await harness.provider.refund(id, 200, newKey()));
				expect(ok(await harness.provider.refund(id, 100, key))).toMatchObject({ refundedMinor: 300 });
			});

			it.each(["open", "authorised"] as const)(
				"refuses a payment that is %s: void and refund are two verbs",
				async (status) => {
					const harness = await make();
					const { id } = status === "open" ? await open(harness) : await paid(harness);
					expect(await harness.provider.refund(id, 1, newKey())).toMatchObject({
						kind: "refused",
						reason: "not-paid",
						payment: { status },
					});
				},
			);

			it("refuses a voided payment", async () => {
				const harness = await make();
				const { id } = await paid(harness);
				ok(await harness.provider.void(id, newKey()));
				expect(await harness.provider.refund(id, 1, newKey())).toMatchObject({ reason: "already-voided" });
			});

			it("refuses an unknown payment", async () => {
				const { provider } = await make();
				expect(await provider.refund("pi_nobody", 1, newKey())).toEqual({
					kind: "refused",
					reason: "not-found",
					payment: null,
				});
			});
		});

		describe("an attempt under way", () => {
			it("is said of a payment that is open, until the shopper has paid", async () => {
				const harness = await make();
				const { id } = await open(harness);
				await harness.pay(id, "begin");
				expect(await state(harness, id)).toMatchObject({ status: "open", attemptUnderWay: true, paidAtMs: null });
				await harness.pay(id, "approve");
				expect(await state(harness, id)).toMatchObject({ status: "authorised", attemptUnderWay: false });
			});

			it("is over when the card was declined", async () => {
				const harness = await make();
				const { id } = await open(harness);
				await harness.pay(id, "begin");
				await harness.pay(id, "decline");
				expect(await state(harness, id)).toMatchObject({ status: "open", attemptUnderWay: false });
			});

			it("does not keep the payment from being voided", async () => {
				const harness = await make();
				const { id } = await open(harness);
				await harness.pay(id, "begin");
				expect(ok(await harness.provider.void(id, newKey()))).toMatchObject({
					status: "voided",
					attemptUnderWay: false,
				});
			});
		});

		describe("a method that answers after days", () => {
			const paidAtMs = Date.UTC(2026, 11, 12, 12, 12, 12);

			it("is processing from when the shopper has done their part, and can be neither voided nor captured", async () => {
				const harness = await make();
				const { id } = await open(harness);
				await harness.pay(id, "debit", paidAtMs);
				const processing = await state(harness, id);
				expect(processing).toMatchObject({
					status: "processing",
					attemptUnderWay: true,
					authorisedMinor: 0,
					capturedMinor: 0,
					paidAtMs,
					declined: null,
				});
				const refused = (reason: string) => ({ kind: "refused", reason, payment: { status: "processing" } });
				expect(await harness.provider.void(id, newKey())).toMatchObject(refused("processing"));
				expect(await harness.provider.capture(id, 1000, newKey())).toMatchObject(refused("not-paid"));
				expect(await harness.provider.refund(id, 1000, newKey())).toMatchObject(refused("not-paid"));
				expect(await state(harness, id)).toEqual(processing);
			});

			it("captures all of it in the end, as paid on the day of the shopper's part", async () => {
				const harness = await make();
				const { id } = await open(harness);
				await harness.pay(id, "debit", paidAtMs);
				await harness.pay(id, "capture");
				expect(await state(harness, id)).toMatchObject({
					status: "captured",
					capturedMinor: 1000,
					attemptUnderWay: false,
					paidAtMs,
				});
			});

			it("is open again when it fails, and another one may pay", async () => {
				const harness = await make();
				const { id } = await open(harness);
				await harness.pay(id, "debit", paidAtMs);
				await harness.pay(id, "decline");
				expect(await state(harness, id)).toMatchObject({
					status: "open",
					attemptUnderWay: false,
					paidAtMs: null,
					declined: { code: "card_declined", atMs: expect.any(Number) },
				});
				await harness.pay(id, "approve");
				expect(await state(harness, id)).toMatchObject({ status: "authorised" });
			});
		});

		describe("a refund that the shopper's bank sends back", () => {
			it("no longer counts as refunded; its key is used up, and another one refunds", async () => {
				const harness = await make();
				const { id } = await captured(harness, 1000);
				const key = newKey();
				ok(await harness.provider.refund(id, 150, newKey()));
				ok(await harness.provider.refund(id, 400, key));
				await harness.returnRefund(id);
				expect(await state(harness, id)).toMatchObject({ status: "captured", capturedMinor: 1000, refundedMinor: 150 });
				for (let i = 0; i < 2; i++) {
					expect(await harness.provider.refund(id, 400, key)).toMatchObject({ kind: "unknown", isRemembered: true });
				}
				expect(await state(harness, id)).toMatchObject({ refundedMinor: 150 });
				expect(ok(await harness.provider.refund(id, 850, newKey()))).toMatchObject({ refundedMinor: 1000 });
			});

			it("is reported by a webhook", async () => {
				const harness = await make();
				const { id } = await captured(harness, 1000);
				ok(await harness.provider.refund(id, 400, newKey()));
				await harness.returnRefund(id);
				expect(await parsed(harness, (await harness.webhooks(id)).at(-1))).toMatchObject({ id, refundedMinor: 0 });
			});
		});

		describe("a dispute", () => {
			it("is open until it is won, and nothing can be refunded meanwhile", async () => {
				const harness = await make();
				const { id } = await captured(harness, 700);
				await harness.dispute(id, "open");
				expect(await state(harness, id)).toMatchObject({ status: "captured", capturedMinor: 700, disputedMinor: 700 });
				const refused = { kind: "refused", reason: "disputed", payment: { disputedMinor: 700, refundedMinor: 0 } };
				expect(await harness.provider.refund(id, 100, newKey())).toMatchObject(refused);
				await harness.dispute(id, "won");
				expect(await state(harness, id)).toMatchObject({ capturedMinor: 700, disputedMinor: 0 });
				expect(ok(await harness.provider.refund(id, 100, newKey()))).toMatchObject({ refundedMinor: 100 });
			});

			it("that is lost stays: the money is gone", async () => {
				const harness = await make();
				const { id } = await captured(harness, 700);
				await harness.dispute(id, "open");
				await harness.dispute(id, "lost");
				expect(await state(harness, id)).toMatchObject({ disputedMinor: 700 });
				expect(await harness.provider.refund(id, 100, newKey())).toMatchObject({ reason: "disputed" });
			});

			it("is reported by a webhook when it is opened and when it is closed", async () => {
				const harness = await make();
				const { id } = await captured(harness, 700);
				await harness.dispute(id, "open");
				expect(await parsed(harness, (await harness.webhooks(id)).at(-1))).toMatchObject({ id, disputedMinor: 700 });
				await harness.dispute(id, "won");
				expect(await parsed(harness, (await harness.webhooks(id)).at(-1))).toMatchObject({ id, disputedMinor: 0 });
			});
		});

		describe("a lost call (medusa 12674)", () => {
			const calls = {
				void: { start: paid, act: (provider: PaymentProvider, id: string, key: string) => provider.void(id, key) },
				capture: {
					start: paid,
					act: (provider: PaymentProvider, id: string, key: string) => provider.capture(id, 600, key),
				},
				refund: {
					start: (harness: ProviderHarness) => captured(harness, 1000),
					act: (provider: PaymentProvider, id: string, key: string) => provider.refund(id, 600, key),
				},
			} as const;
			const done = {
				void: { status: "voided" },
				capture: { status: "captured", capturedMinor: 600 },
				refund: { status: "captured", refundedMinor: 600 },
			} as const;

			for (const call of ["void", "capture", "refund"] as const) {
				it(`is unknown when a ${call} never arrived, and the same key takes effect once`, async () => {
					const harness = await make();
					const before = await calls[call].start(harness);
					const key = newKey();
					await harness.lose(call, "call");
					expect(await calls[call].act(harness.provider, before.id, key)).toMatchObject({ kind: "unknown" });
					expect(await state(harness, before.id)).toEqual(before);
					expect(ok(await calls[call].act(harness.provider, before.id, key))).toMatchObject(done[call]);
				});

				it(`is unknown when the answer to a ${call} was lost, and the same key takes no effect again`, async () => {
					const harness = await make();
					const { id } = await calls[call].start(harness);
					const key = newKey();
					await harness.lose(call, "answer");
					expect(await calls[call].act(harness.provider, id, key)).toMatchObject({ kind: "unknown" });
					expect(await state(harness, id)).toMatchObject(done[call]);
					expect(ok(await calls[call].act(harness.provider, id, key))).toMatchObject(done[call]);
					expect(await state(harness, id)).toMatchObject(done[call]);
				});
			}
		});

		describe("an accident that the provider remembers for the key", () => {
			const remembered = { kind: "unknown", isRemembered: true };

			for (const call of ["void", "capture", "refund"] as const) {
				it(`makes the key of a ${call} useless for ever, and each other key does it once`, async () => {
					const harness = await make();
					const before = await (call === "refund" ? captured(harness, 1000) : paid(harness));
					const act = (key: string) =>
						call === "void" ? harness.provider.void(before.id, key) : harness.provider[call](before.id, 600, key);
					// More of them than any list of spare keys would have.
					for (let accident = 0; accident < 12; accident++) {
						const key = newKey();
						await harness.breakNext(call);
						const first = await act(key);
						expect(first).toMatchObject({ kind: "unknown" });
						expect(first).not.toHaveProperty("isRemembered");
						expect(await state(harness, before.id)).toEqual(before);
						for (let i = 0; i < 2; i++) expect(await act(key)).toMatchObject(remembered);
						expect(await state(harness, before.id)).toEqual(before);
					}
					const key = newKey();
					const done = ok(await act(key));
					expect(done).not.toEqual(before);
					expect(ok(await act(key))).toEqual(done);
				});
			}

			it("makes the key of a creation useless for ever, and another one creates", async () => {
				const harness = await make();
				const request = aRequest();
				await harness.breakNext("create");
				expect(await harness.provider.create(request)).toMatchObject({ kind: "unknown" });
				for (let i = 0; i < 2; i++) expect(await harness.provider.create(request)).toMatchObject(remembered);
				expect(await open(harness, { ...request, key: newKey() })).toMatchObject({ status: "open" });
			});
		});

		describe("a provider that reads well and does not act", () => {
			for (const call of ["void", "capture", "refund"] as const) {
				it(`refuses a ${call} with the payment as it was, and does it once it acts again`, async () => {
					const harness = await make();
					const before = await (call === "refund" ? captured(harness, 1000) : paid(harness));
					const act = () =>
						call === "void"
							? harness.provider.void(before.id, newKey())
							: harness.provider[call](before.id, 600, newKey());
					await harness.refuse(call, true);
					for (let i = 0; i < 3; i++) {
						expect(await act()).toEqual({ kind: "refused", reason: "other", payment: before });
					}
					await harness.refuse(call, false);
					expect(ok(await act())).not.toEqual(before);
				});
			}
		});

		describe("a mistake of ours", () => {
			it.each([0, -1, 1.5, Number.NaN])("throws for an amount of %s", async (amount) => {
				const harness = await make();
				const { id } = await captured(harness, 1000);
				await expect(harness.provider.create(aRequest({ amountMinor: amount }))).rejects.toThrow("amount");
				await expect(harness.provider.capture(id, amount, newKey())).rejects.toThrow("amount");
				await expect(harness.provider.refund(id, amount, newKey())).rejects.toThrow("amount");
			});

			it("throws when a key is used again for something else", async () => {
				const harness = await make();
				const { id } = await captured(harness, 1000);
				const key = newKey();
				ok(await harness.provider.refund(id, 100, key));
				await expect(harness.provider.refund(id, 101, key)).rejects.toThrow("key");
				const request = aRequest();
				await open(harness, request);
				await expect(harness.provider.create({ ...request, amountMinor: 2 * request.amountMinor })).rejects.toThrow(
					"key",
				);
			});
		});

		describe("webhooks", () => {
			it("report each change, each with an id of its own that stays the same", async () => {
				const harness = await make();
				const { id, checkoutId } = await open(harness);
				await harness.pay(id, "decline");
				await harness.pay(id, "approve");
				ok(await harness.provider.capture(id, 800, newKey()));
				ok(await harness.provider.refund(id, 300, newKey()));
				const ids = new Set<string>();
				const webhooks = await harness.webhooks(id);
				expect(webhooks).toHaveLength(4);
				for (const { body, headers } of webhooks) {
					const result = await harness.provider.parseWebhook(body, headers, Date.now());
					if (result.kind !== "event") throw new Error(result.kind);
					expect(result.payment).toMatchObject({ id, checkoutId });
					expect(await harness.provider.parseWebhook(body, headers, Date.now())).toMatchObject({ id: result.id });
					ids.add(result.id);
				}
				expect(ids.size).toBe(4);
			});

			it("carry the payment as it was when they were sent, or newer", async () => {
				const harness = await make();
				const { id } = await paid(harness);
				const [authorised] = await harness.webhooks(id);
				expect(await parsed(harness, authorised)).toMatchObject({ status: "authorised", authorisedMinor: 1000 });
				ok(await harness.provider.void(id, newKey()));
				expect(await parsed(harness, (await harness.webhooks(id)).at(-1))).toMatchObject({ status: "voided" });
			});

			it("report a capture by a method that captures at once", async () => {
				const harness = await make();
				const { id } = await open(harness);
				await harness.pay(id, "capture");
				expect(await parsed(harness, (await harness.webhooks(id)).at(-1))).toMatchObject({
					status: "captured",
					capturedMinor: 1000,
				});
			});

			it("are valid only as they were signed, and only for five minutes", async () => {
				const harness = await make();
				const { id } = await paid(harness);
				const [webhook] = await harness.webhooks(id);
				if (webhook === undefined) throw new Error("no webhook was sent");
				const { provider } = harness;
				const bad = { kind: "bad-signature" };
				expect(await provider.parseWebhook(`${webhook.body}\n`, webhook.headers, Date.now())).toEqual(bad);
				expect(await provider.parseWebhook(webhook.body, new Headers(), Date.now())).toEqual(bad);
				expect(await provider.parseWebhook(webhook.body, webhook.headers, Date.now() + 302_000)).toEqual(bad);
				const [name, value] = [...webhook.headers].find(([header]) => header.endsWith("-signature")) ?? ["", ""];
				const forged = new Headers({ [name]: value.replace(/v1=[0-9a-f]{4}/, "v1=0000") });
				expect(await provider.parseWebhook(webhook.body, forged, Date.now())).toEqual(bad);
			});

			it("are ignored when their type is of no use to us", async () => {
				const harness = await make();
				const { body, headers } = await harness.irrelevantWebhook();
				expect(await harness.provider.parseWebhook(body, headers, Date.now())).toMatchObject({
					kind: "ignored",
					id: expect.stringMatching(/\S/),
					type: expect.stringMatching(/\S/),
				});
			});
		});
	});
}

function aRequest(over: Partial<CreateRequest> = {}): CreateRequest {
	return {
		key: newKey(),
		checkoutId: `checkout-${serial++}`,
		amountMinor: 1000,
		currency: "USD",
		email: "ada@example.com",
		allowDelayedMethods: false,
		...over,
	};
}

async function open(harness: ProviderHarness, request = aRequest()): Promise<Payment> {
	const created = await harness.provider.create(request);
	if (created.kind !== "created") throw new Error(`not created: ${created.detail}`);
	return created.payment;
}

/** A payment of 1000 that is authorised. */
async function paid(harness: ProviderHarness): Promise<Payment> {
	const { id } = await open(harness);
	await harness.pay(id, "approve");
	return state(harness, id);
}

async function captured(harness: ProviderHarness, amountMinor: number): Promise<Payment> {
	const { id } = await paid(harness);
	return ok(await harness.provider.capture(id, amountMinor, newKey()));
}

async function state(harness: ProviderHarness, id: string): Promise<Payment> {
	return ok(await harness.provider.read(id));
}

function ok(result: PaymentResult): Payment {
	if (result.kind !== "ok") throw new Error(`not ok: ${JSON.stringify(result)}`);
	return result.payment;
}

async function parsed(
	harness: ProviderHarness,
	webhook: { body: string; headers: Headers } | undefined,
): Promise<Payment> {
	if (webhook === undefined) throw new Error("no webhook was sent");
	const result = await harness.provider.parseWebhook(webhook.body, webhook.headers, Date.now());
	if (result.kind !== "event") throw new Error(`not an event: ${JSON.stringify(result)}`);
	return result.payment;
}
