/** Pre-orders: who waits for units that are paid for, and the way to let one go. */
import { type Preorder, unwrap } from "../../client/index.ts";
import { formatDay } from "../shared/format.ts";
import { useReading } from "../shared/reading.ts";
import { admin } from "./api.ts";
import { useAsk } from "./ask.tsx";
import { Loaded } from "./loaded.tsx";
import { A } from "./strings.ts";
import { Empty, Table, usePages } from "./table.tsx";

const REFRESH_MS = 3_000;
const PAGE = 50;

export function Preorders() {
	const ask = useAsk();
	const pages = usePages();
	const reading = useReading(`preorders ${pages.at.cursor}`, REFRESH_MS, async (signal) =>
		unwrap(await admin.listPreorders({ limit: PAGE, ...pages.at }, { signal })),
	);
	const cancel = ({ id }: Preorder) =>
		ask({
			title: A.cancelPreorderTitle,
			text: A.cancelPreorderText,
			button: A.cancelPreorder,
			onYes: async () => {
				unwrap(await admin.cancelPreorder({ id }));
				await reading.again();
			},
		});
	return (
		<>
			<h1>{A.nav.preorders}</h1>
			<p class="soft">{A.preordersLead}</p>
			<Loaded reading={reading}>
				{({ preorders, nextCursor }) => (
					<>
						{preorders.length === 0 ? (
							<Empty />
						) : (
							<Table
								caption={A.nav.preorders}
								head={[A.sku, A.status, A.quantity, A.expected, A.terms, A.shopper, A.order, A.cancelPreorder]}
							>
								{preorders.map((preorder) => (
									<tr key={preorder.id}>
										<th scope="row">{preorder.sku}</th>
										<td>{preorder.status}</td>
										<td class="numbers">{preorder.quantity}</td>
										<td class="numbers">{preorder.expectedAt === null ? "–" : formatDay(preorder.expectedAt)}</td>
										<td>{preorder.termsVersion}</td>
										<td>{preorder.shopperId}</td>
										<td>
											<a href={`#/orders/${encodeURIComponent(preorder.orderId)}`}>{preorder.orderId}</a>
										</td>
										<td>
											<button
												type="button"
												class="button small danger"
												disabled={preorder.status !== "owed"}
												aria-label={`${A.cancelPreorder}: ${preorder.id}`}
												onClick={() => cancel(preorder)}
											>
												{A.cancelPreorder}
											</button>
										</td>
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
