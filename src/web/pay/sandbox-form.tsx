/** The card form of the sandbox: the shopper chooses what their bank will do. It exists on a laptop only. */
import { useState } from "preact/hooks";
import { formatMoney, type Money } from "../shared/money.ts";
import { shop } from "../shared/shop.ts";
import { T } from "../shared/strings.ts";

const OUTCOMES = ["approve", "decline", "slow", "late"] as const;
type Outcome = (typeof OUTCOMES)[number];

const SLOW_MS = 5_000;

interface SandboxFormProps {
	readonly paymentId: string;
	readonly total: Money;
	readonly expiresAt: string | null;
	readonly onDone: () => Promise<void>;
}

export function SandboxForm({ paymentId, total, expiresAt, onDone }: SandboxFormProps) {
	const [outcome, setOutcome] = useState<Outcome>("approve");
	const [state, setState] = useState<"ready" | "working" | "failed">("ready");
	const pay = async () => {
		setState("working");
		const leftMs = expiresAt === null ? 0 : Math.max(0, Date.parse(expiresAt) - shop.clock.nowMs());
		const delayMs = { approve: 0, decline: 0, slow: SLOW_MS, late: leftMs + SLOW_MS }[outcome];
		const result = await shop.service
			.confirmSandboxPayment({
				id: paymentId,
				outcome: outcome === "decline" ? "decline" : "approve",
				...(delayMs > 0 ? { delayMs: Math.round(delayMs) } : {}),
			})
			.catch(() => null);
		await onDone();
		// A slow bank has not been heard of yet: the page goes on asking for the checkout.
		setState(result?.ok ? (delayMs > 0 ? "working" : "ready") : "failed");
	};
	return (
		<form
			onSubmit={(event) => {
				event.preventDefault();
				void pay();
			}}
		>
			<fieldset class="outcomes">
				<legend>{T.cardTitle}</legend>
				<p class="soft">{T.sandboxHelp}</p>
				{OUTCOMES.map((one) => (
					<label class="outcome-choice" key={one}>
						<input type="radio" name="outcome" value={one} checked={outcome === one} onChange={() => setOutcome(one)} />
						{T.outcome[one]}
					</label>
				))}
			</fieldset>
			<div role="status">
				{state === "working" && <p class="notice">{T.working}</p>}
				{state === "failed" && <p class="notice bad">{T.failed}</p>}
			</div>
			<button type="submit" class="button primary wide" disabled={state === "working"}>
				{T.payNow(formatMoney(total))}
			</button>
		</form>
	);
}
