/** What happened to one checkout. */
import { unwrap } from "../../client/index.ts";
import { Address, AdjustmentRows } from "../shared/amounts.tsx";
import { formatTime } from "../shared/format.ts";
import { formatMoney } from "../shared/money.ts";
import { useReading } from "../shared/reading.ts";
import { admin } from "./api.ts";
import { Loaded } from "./loaded.tsx";
import { A } from "./strings.ts";

const REFRESH_MS = 3_000;

export function CheckoutScreen({ id }: { readonly id: string }) {
	const reading = useReading(`checkout ${id}`, REFRESH_MS, async (signal) =>
		unwrap(await admin.getCheckoutHistory({ id }, { signal })),
	);
	return (
		<Loaded reading={reading}>
			{(checkout) => (
				<>
					<h1>
						{A.checkout}: {checkout.status.replace("_", " ")}
					</h1>
					<p class="soft">
						{checkout.id} · {checkout.email ?? A.erased} · {checkout.shopperId} · {A.phase}: {checkout.phase}
					</p>
					{checkout.orderId !== null && (
						<p>
							<a href={`#/orders/${encodeURIComponent(checkout.orderId)}`}>{A.order}</a>
						</p>
					)}
					{checkout.payment?.provider === "external" && (
						<p class="notice">
							{"reference" in checkout.payment && checkout.payment.reference !== null
								? A.paidToShop(checkout.payment.reference)
								: A.shopTakesPayment}
						</p>
					)}
					{checkout.total !== null && (
						<p>
							{A.total}: <strong class="numbers">{formatMoney(checkout.total)}</strong>
						</p>
					)}
					{checkout.adjustments.length > 0 && (
						<section aria-label={A.otherAmounts}>
							<h2>{A.otherAmounts}</h2>
							<ul>
								<AdjustmentRows adjustments={checkout.adjustments} />
							</ul>
						</section>
					)}
					<Address title={A.shipTo} shipTo={checkout.shipTo} />
					<p class="soft">{A.checkoutLead}</p>
					<ol class="history card">
						{checkout.events.map((event, index) => (
							<li key={index}>
								<span class="numbers soft">{formatTime(event.at)}</span> <strong>{event.kind}</strong>
								<details>
									<summary class="soft">{A.details}</summary>
									<pre>{JSON.stringify(event.detail, null, 2)}</pre>
								</details>
							</li>
						))}
					</ol>
				</>
			)}
		</Loaded>
	);
}
