/** The sandbox's tables as an earlier version left them are taken up, with everything in them. */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { SANDBOX_MIGRATIONS } from "../../../src/payments/sandbox/schema.ts";
import { findKey, findPayment, listFaults, replaceFaults, totals } from "../../../src/payments/sandbox/storage.ts";
import { migrate } from "../../../src/platform/migrate.ts";

const OLD_ROWS = `
	INSERT INTO payments (seq, id, checkoutId, email, currency, status, amountMinor, authorisedMinor, capturedMinor,
			refundedMinor, paidAtMs, declinedCode, declinedAtMs, silent)
		VALUES (3, 'sbx_1', 'c1', 'ada@example.com', 'USD', 'captured', 1000, 0, 700, 100, 5, NULL, NULL, 1),
			(9, 'sbx_2', 'c2', 'bob@example.com', 'USD', 'open', 500, 0, 0, 0, NULL, 'card_declined', 7, 0);
	INSERT INTO keys (key, request, paymentId) VALUES ('k1', '["create"]', 'sbx_1');
	INSERT INTO faults (call, fail, delayMs, times) VALUES ('read', 'before', 0, 1);`;

it("keeps payments, keys and the order of payments; only faults are forgotten", async () => {
	await runInDurableObject(env.SKU.getByName(`sandbox-${crypto.randomUUID()}`), (_, { storage }) => {
		const { sql } = storage;
		migrate(storage, SANDBOX_MIGRATIONS.slice(0, 1));
		sql.exec(OLD_ROWS);
		migrate(storage, SANDBOX_MIGRATIONS);
		expect(findPayment(sql, "sbx_1")).toEqual({
			silent: true,
			payment: {
				id: "sbx_1",
				checkoutId: "c1",
				status: "captured",
				currency: "USD",
				amountMinor: 1000,
				authorisedMinor: 0,
				capturedMinor: 700,
				refundedMinor: 100,
				disputedMinor: 0,
				paidAtMs: 5,
				attemptUnderWay: false,
				declined: null,
			},
		});
		expect(findPayment(sql, "sbx_2")).toMatchObject({
			silent: false,
			payment: { status: "open", declined: { code: "card_declined", atMs: 7 } },
		});
		expect(findKey(sql, "k1")).toEqual({ request: '["create"]', paymentId: "sbx_1", isSpent: false });
		expect(totals(sql)).toMatchObject([{ payments: 2, processing: 0, disputedMinor: 0 }]);
		expect(listFaults(sql)).toEqual([]);
		replaceFaults(sql, [{ call: "create", fail: "refuse", reason: "email", delayMs: 0, times: 1 }]);
		expect(listFaults(sql)).toHaveLength(1);
		const { seq } = sql.exec<{ seq: number }>("SELECT seq FROM sqlite_sequence WHERE name = 'payments'").one();
		expect(seq).toBe(9);
	});
});
