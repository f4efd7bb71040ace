/** All products, with their counters; and a new one. */
import { useState } from "preact/hooks";
import { type StockedProduct, unwrap } from "../../client/index.ts";
import { formatMoney, parseMoney } from "../shared/money.ts";
import { Picture } from "../shared/picture.tsx";
import { useReading } from "../shared/reading.ts";
import { admin } from "./api.ts";
import { ActionMessage, Empty, Field, Loaded, Table, TextField, useAction } from "./parts.tsx";
import { A } from "./strings.ts";

const REFRESH_MS = 3_000;
const PAGE = 50;

export function Products() {
	const [q, setQ] = useState("");
	const [isArchived, setArchived] = useState(false);
	const [cursors, setCursors] = useState<readonly string[]>([""]);
	const cursor = cursors.at(-1) ?? "";
	const reading = useReading(`products ${q} ${isArchived} ${cursor}`, REFRESH_MS, async (signal) =>
		unwrap(
			await admin.listDefinedProducts(
				{ limit: PAGE, archived: isArchived, ...(q === "" ? {} : { q }), ...(cursor === "" ? {} : { cursor }) },
				{ signal },
			),
		),
	);
	const search = (text: string) => {
		setQ(text);
		setCursors([""]);
	};
	const filter = (wanted: string) => {
		setArchived(wanted === "archived");
		setCursors([""]);
	};
	return (
		<>
			<header class="screen-header">
				<h1>{A.nav.products}</h1>
				<a class="button primary" href="#/new">
					{A.newProduct}
				</a>
			</header>
			<div class="pair">
				<TextField label={A.search} type="search" value={q} onInput={search} />
				<Field label={A.status}>
					{(attributes) => (
						<select {...attributes} onChange={(event) => filter(event.currentTarget.value)}>
							<option value="shown">{A.shown}</option>
							<option value="archived">{A.archived}</option>
						</select>
					)}
				</Field>
			</div>
			<Loaded reading={reading}>
				{({ products, nextCursor }) => (
					<>
						{products.length === 0 ? <Empty /> : <ProductTable products={products} />}
						<div class="actions">
							{cursors.length > 1 && (
								<button type="button" class="button" onClick={() => setCursors(cursors.slice(0, -1))}>
									{A.back}
								</button>
							)}
							{nextCursor !== null && (
								<button type="button" class="button" onClick={() => setCursors([...cursors, nextCursor])}>
									{A.more}
								</button>
							)}
						</div>
					</>
				)}
			</Loaded>
		</>
	);
}

function ProductTable({ products }: { readonly products: readonly StockedProduct[] }) {
	const { available, held, sold, waiting } = A.counters;
	return (
		<Table caption={A.nav.products} head={[A.productTitle, A.sku, A.price, available, held, sold, waiting]}>
			{products.map(({ sku, title, imageUrl, price, stock }) => (
				<tr key={sku}>
					<th scope="row">
						<a class="with-picture" href={`#/products/${encodeURIComponent(sku)}`}>
							<Picture title={title} imageUrl={imageUrl} />
							{title}
						</a>
					</th>
					<td>{sku}</td>
					<td class="numbers">{formatMoney(price)}</td>
					{stock === null ? (
						<td colSpan={4}>{A.noStock}</td>
					) : (
						[stock.available, stock.held, stock.sold, stock.waiting].map((value, index) => (
							<td class="numbers" key={index}>
								{value}
							</td>
						))
					)}
				</tr>
			))}
		</Table>
	);
}

/** What the browser has in store for a new product. */
const EMPTY = { sku: "", title: "", description: "", imageUrl: "", price: "", currency: "USD" };

export function NewProduct() {
	const [form, setForm] = useState(EMPTY);
	const [error, setError] = useState("");
	const action = useAction();
	const set = (name: keyof typeof EMPTY) => (value: string) => setForm({ ...form, [name]: value });
	const submit = () =>
		action.run(async () => {
			const currency = form.currency.trim().toUpperCase();
			const amount = /^[A-Z]{3}$/.test(currency) ? parseMoney(form.price, currency) : null;
			setError(amount === null ? A.priceWrong : "");
			if (amount === null) return "";
			// A product that is there is changed on its own screen, where it is seen what is changed.
			const pages = await Promise.all(
				[false, true].map((archived) => admin.listDefinedProducts({ q: form.sku, archived })),
			);
			if (pages.flatMap((page) => unwrap(page).products).some(({ sku }) => sku === form.sku)) {
				location.hash = `#/products/${encodeURIComponent(form.sku)}`;
				return "";
			}
			unwrap(
				await admin.defineProduct({
					...{ sku: form.sku, title: form.title, price: { amount, currency } },
					description: form.description === "" ? null : form.description,
					imageUrl: form.imageUrl === "" ? null : form.imageUrl,
				}),
			);
			location.hash = `#/products/${encodeURIComponent(form.sku)}`;
			return A.saved;
		});
	return (
		<>
			<h1>{A.newProduct}</h1>
			<form
				class="form card"
				onSubmit={(event) => {
					event.preventDefault();
					void submit();
				}}
			>
				<TextField label={A.sku} hint={A.skuHelp} value={form.sku} required onInput={set("sku")} />
				<TextField label={A.productTitle} value={form.title} required onInput={set("title")} />
				<TextField label={A.description} value={form.description} onInput={set("description")} />
				<TextField label={A.imageUrl} hint={A.imageUrlHelp} value={form.imageUrl} onInput={set("imageUrl")} />
				<div class="pair">
					<TextField
						{...{ label: A.price, hint: A.priceHelp, error, value: form.price, inputMode: "decimal", required: true }}
						onInput={set("price")}
					/>
					<TextField
						{...{ label: A.currency, hint: A.currencyHelp, value: form.currency, required: true }}
						onInput={set("currency")}
					/>
				</div>
				<ActionMessage {...action} />
				<button type="submit" class="button primary" disabled={action.isBusy}>
					{A.create}
				</button>
			</form>
		</>
	);
}
