/** What happened to one checkout. */
import { unwrap } from "../../client/index.ts";
import { formatTime } from "../shared/format.ts";
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
						{checkout.id} · {checkout.email} · {checkout.shopperId} · {A.phase}: {checkout.phase}
					</p>
					{checkout.orderId !== null && (
						<p>
							<a href={`#/orders/${encodeURIComponent(checkout.orderId)}`}>{A.order}</a>
						</p>
					)}
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
