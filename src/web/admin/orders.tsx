/** All orders, and the search for one. */
import { useState } from "preact/hooks";
import { type AdminOrder, unwrap } from "../../client/index.ts";
import { formatTime } from "../shared/format.ts";
import { formatMoney } from "../shared/money.ts";
import { useReading } from "../shared/reading.ts";
import { admin } from "./api.ts";
import { Choice, TextField } from "./form.tsx";
import { Loaded } from "./loaded.tsx";
import { A } from "./strings.ts";
import { Empty, Table, usePages } from "./table.tsx";

const REFRESH_MS = 3_000;
const PAGE = 50;
const STATUSES = [["", A.all], ...Object.entries(A.statusText)] as const;

export function Orders() {
	const [status, setStatus] = useState("");
	const [sku, setSku] = useState("");
	const [email, setEmail] = useState("");
	const pages = usePages();
	const filtered = (set: (text: string) => void) => (text: string) => {
		set(text.trim());
		pages.reset();
	};
	const filter = {
		limit: PAGE,
		...(status === "" ? {} : { status: status as AdminOrder["status"] }),
		...(sku === "" ? {} : { sku }),
		...(email === "" ? {} : { email }),
		...pages.at,
	};
	const reading = useReading(`orders ${JSON.stringify(filter)}`, REFRESH_MS, async (signal) =>
		unwrap(await admin.listOrders(filter, { signal })),
	);
	return (
		<>
			<h1>{A.nav.orders}</h1>
			<p class="soft">{A.ordersLead}</p>
			<div class="filters">
				<Choice {...{ label: A.status, value: status, options: STATUSES, onChange: filtered(setStatus) }} />
				<TextField {...{ label: A.sku, value: sku, onInput: filtered(setSku) }} />
				<TextField {...{ label: A.email, value: email, onInput: filtered(setEmail) }} />
			</div>
			<Loaded reading={reading}>
				{({ orders, nextCursor }) => (
					<>
						{orders.length === 0 ? (
							<Empty />
						) : (
							<Table caption={A.nav.orders} head={[A.order, A.when, A.email, A.status, A.total]}>
								{orders.map((order) => (
									<tr key={order.id}>
										<th scope="row">
											<a href={`#/orders/${encodeURIComponent(order.id)}`}>
												{order.lines.map(({ quantity, title }) => `${quantity} × ${title}`).join(", ")}
											</a>
										</th>
										<td class="numbers">{formatTime(order.completedAt)}</td>
										<td>{order.email ?? A.erased}</td>
										<td>{A.statusText[order.status] ?? order.status}</td>
										<td class="numbers">{formatMoney(order.total)}</td>
									</tr>
								))}
							</Table>
						)}
						{pages.buttons(nextCursor)}
					</>
				)}
			</Loaded>
		</>
	);
}
