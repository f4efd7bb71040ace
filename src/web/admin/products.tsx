/** All products, with their counters; and a new one. */
import { useState } from "preact/hooks";
import { pagesOf, type StockedProduct, unwrap } from "../../client/index.ts";
import { formatMoney } from "../shared/money.ts";
import { Picture } from "../shared/picture.tsx";
import { useReading } from "../shared/reading.ts";
import { admin } from "./api.ts";
import { Choice, Form, TextField, useAction } from "./form.tsx";
import { Loaded } from "./loaded.tsx";
import { type ProductTexts, useProductFields } from "./product-fields.tsx";
import { A } from "./strings.ts";
import { Empty, Table, usePages } from "./table.tsx";

const REFRESH_MS = 3_000;
const PAGE = 50;
const PLACES = [
	["", A.shown],
	["archived", A.archived],
] as const;

export function Products() {
	const [q, setQ] = useState("");
	const [isArchived, setArchived] = useState(false);
	const pages = usePages();
	const filter = { limit: PAGE, archived: isArchived, ...(q === "" ? {} : { q }), ...pages.at };
	const reading = useReading(`products ${JSON.stringify(filter)}`, REFRESH_MS, async (signal) =>
		unwrap(await admin.listDefinedProducts(filter, { signal })),
	);
	const filtered = (set: (text: string) => void) => (text: string) => {
		set(text);
		pages.reset();
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
				<TextField {...{ label: A.search, type: "search", value: q, onInput: filtered(setQ) }} />
				<Choice
					{...{ label: A.status, value: isArchived ? "archived" : "", options: PLACES }}
					onChange={filtered((wanted) => setArchived(wanted === "archived"))}
				/>
			</div>
			<Loaded reading={reading}>
				{({ products, nextCursor }) => (
					<>
						{products.length === 0 ? <Empty /> : <ProductTable products={products} />}
						{pages.buttons(nextCursor)}
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

const EMPTY: ProductTexts = { title: "", description: "", imageUrl: "", price: "", currency: "USD" };

async function isDefined(sku: string): Promise<boolean> {
	for (const archived of [false, true]) {
		const pages = pagesOf(async (at) => unwrap(await admin.listDefinedProducts({ q: sku, archived, ...at })));
		for await (const { products } of pages) if (products.some((product) => product.sku === sku)) return true;
	}
	return false;
}

export function NewProduct() {
	const [sku, setSku] = useState("");
	const form = useProductFields(EMPTY);
	const action = useAction();
	const submit = () =>
		action.run(async () => {
			const price = form.price();
			if (price === null) return "";
			// A product that is there is changed on its own screen, where it is seen what is changed.
			if (!(await isDefined(sku))) {
				const { title, description, imageUrl } = form.texts;
				unwrap(
					await admin.defineProduct({
						...{ sku, title, price },
						...{ description: description || null, imageUrl: imageUrl || null },
					}),
				);
			}
			location.hash = `#/products/${encodeURIComponent(sku)}`;
			return "";
		});
	return (
		<>
			<h1>{A.newProduct}</h1>
			<Form {...{ action, button: A.create, onSubmit: submit }}>
				<TextField {...{ label: A.sku, hint: A.skuHelp, value: sku, required: true, onInput: setSku }} />
				{form.fields}
			</Form>
		</>
	);
}
