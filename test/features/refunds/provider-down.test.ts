/** A provider that does not answer when the window ends: the outcome is unknown until it does, and is never guessed. */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { KEEP_ENDED_MS, RETRY_MOST_MS } from "../../../src/limits.ts";
import { eventually, pass, ring, useStoppedClock } from "../../support/clock.ts";
import { expectProblem } from "../../support/http.ts";
import { expectSquare } from "../../support/money.ts";
import {
	clearFaultsAfterEach,
	injectFaults,
	pay,
	paymentAtProvider,
	providerDown,
	providerUp,
} from "../../support/provider.ts";
import { GRACE, letRetriesRun, open, PRICE, statusOf, WINDOW } from "./late-payment.ts";

useStoppedClock();
clearFaultsAfterEach();

describe("a checkout whose provider is down when the window ends", () => {
	it("retries until the provider answers, and completes a checkout that was paid (medusa 12674)", async () => {
		const attempt = await open();
		await pay(attempt.paymentId, { outcome: "approve", silent: true });
		await providerDown("read", "void", "capture", "refund");
		pass(WINDOW);
		for (let i = 0; i < 10; i++) {
			expect(await ring.checkout(attempt.checkout.id)).toBe(true);
			expect(await paymentAtProvider(attempt.paymentId)).toMatchObject({ status: "authorised" });
			pass(RETRY_MOST_MS / 1000);
		}
		await providerUp();
		await letRetriesRun(attempt, 1);
		expect(await statusOf(attempt)).toBe("completed");
		expect(await expectSquare(attempt.ada, attempt.checkout.id)).toBe(PRICE);
	});

	it("does not show a checkout as expired while it may have been paid in time", async () => {
		const attempt = await open();
		await pay(attempt.paymentId, { outcome: "approve", silent: true });
		await providerDown("read", "void");
		pass(WINDOW);
		for (let i = 0; i < 3; i++) {
			await ring.checkout(attempt.checkout.id);
			expect(await statusOf(attempt)).toBe("awaiting_payment");
			pass(RETRY_MOST_MS / 1000);
		}
		await providerUp();
		await letRetriesRun(attempt, 1);
		expect(await statusOf(attempt)).toBe("completed");
	});

	it("lets the shopper cancel while the provider is down, and then captures nothing", async () => {
		const attempt = await open();
		await pay(attempt.paymentId, { outcome: "approve", silent: true });
		await providerDown("read", "void");
		pass(WINDOW);
		await ring.checkout(attempt.checkout.id);
		expect(await attempt.ada.cancel(attempt.checkout.id)).toMatchObject({ status: 200, body: { status: "cancelled" } });
		await providerUp();
		await letRetriesRun(attempt);
		expect(await statusOf(attempt)).toBe("cancelled");
		expect(await paymentAtProvider(attempt.paymentId)).toMatchObject({ status: "voided", capturedMinor: 0 });
	});

	it("does not keep the unit from others after the grace (vendure 3509)", async () => {
		const attempt = await open();
		await providerDown("read", "void");
		pass(WINDOW);
		await ring.checkout(attempt.checkout.id);
		expect(await statusOf(attempt)).toBe("awaiting_payment");
		expectProblem(await attempt.bob.reserve(attempt.sku, 1), 409, "sold-out");
		pass(GRACE);
		expect(await attempt.bob.reserve(attempt.sku, 1)).toMatchObject({ status: 201 });
		await providerUp();
		await letRetriesRun(attempt);
		expect(await statusOf(attempt)).toBe("expired");
		expect(await paymentAtProvider(attempt.paymentId)).toMatchObject({ status: "voided" });
	});

	it("voids a payment once when the response to the void is lost", async () => {
		const attempt = await open();
		await injectFaults({ call: "void", fail: "after" });
		pass(WINDOW);
		await ring.checkout(attempt.checkout.id);
		await letRetriesRun(attempt, 2);
		expect(await statusOf(attempt)).toBe("expired");
		expect(await paymentAtProvider(attempt.paymentId)).toMatchObject({ status: "voided", capturedMinor: 0 });
		// The alarm that is left forgets the shopper, a month later.
		const stub = env.CHECKOUT.getByName(attempt.checkout.id);
		await eventually(async () => {
			const alarmAtMs = await runInDurableObject(stub, (_, { storage }) => storage.getAlarm());
			expect(alarmAtMs).toBeGreaterThan(Date.now() + KEEP_ENDED_MS / 2);
		});
	});

	it("captures a payment once when the response to the capture is lost (medusa 12674)", async () => {
		const attempt = await open();
		await injectFaults({ call: "capture", fail: "after" }, { call: "read" });
		await pay(attempt.paymentId);
		await letRetriesRun(attempt);
		expect(await statusOf(attempt)).toBe("completed");
		expect(await expectSquare(attempt.ada, attempt.checkout.id)).toBe(PRICE);
	});
});
