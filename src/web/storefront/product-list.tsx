/** `/`: every product, with what is available of it now. */
import { type Availability, type ListedProduct, pagesOf, unwrap } from "../../client/index.ts";
import { clockText } from "../shared/countdown.ts";
import { formatMoney } from "../shared/money.ts";
import { Picture } from "../shared/picture.tsx";
import { useReading } from "../shared/reading.ts";
import { shop } from "../shared/shop.ts";
import { T } from "../shared/strings.ts";
import { nowMs, syncClock } from "../shared/ticker.ts";

/** How often the numbers of the list are read again. A product's own page is live. */
const REFRESH_MS = 4_000;
const FEW = 10;

async function readAll(signal: AbortSignal): Promise<readonly ListedProduct[]> {
	const all: ListedProduct[] = [];
	const askedAtMs = Date.now();
	for await (const { products } of pagesOf(async (at) =>
		unwrap(await shop.listProducts({ limit: 50, ...at }, { signal })),
	))
		all.push(...products);
	for (const { availability } of all)
		if (availability !== null) shop.clock.learn(Date.parse(availability.asOf), askedAtMs);
	syncClock();
	return all;
}

export function ProductList() {
	const { data: products, failure } = useReading("products", REFRESH_MS, readAll);
	return (
		<>
			<h1 class="visually-hidden">{T.products}</h1>
			{failure !== null && (
				<p class="notice bad" role="alert">
					{products === null ? T.failed : T.offline}
				</p>
			)}
			{products === null && failure === null && <p class="soft">{T.loading}</p>}
			{products?.length === 0 && (
				<div class="empty card">
					<h2>{T.emptyShop}</h2>
					<p class="soft">{T.emptyShopHelp}</p>
				</div>
			)}
			<ul class="grid">
				{products?.map((product) => (
					<li key={product.sku}>
						<ProductCard product={product} />
					</li>
				))}
			</ul>
		</>
	);
}

function ProductCard({ product }: { readonly product: ListedProduct }) {
	const { sku, title, imageUrl, price, availability, saleStartsAt } = product;
	return (
		<a class="product-card card" href={`/products/${encodeURIComponent(sku)}`}>
			<Picture title={title} imageUrl={imageUrl} />
			<span class="product-card-text">
				<span class="product-card-title">{title}</span>
				<span class="numbers">{formatMoney(price)}</span>
				{availability !== null && (
					<span class={`badge ${availability.status}`}>
						<StatusText availability={availability} saleStartsAt={saleStartsAt} />
					</span>
				)}
			</span>
		</a>
	);
}

interface StatusProps {
	readonly availability: Availability;
	readonly saleStartsAt: string | null;
}

function StatusText({ availability, saleStartsAt }: StatusProps) {
	const { status, available } = availability;
	if (status === "in_stock" && available <= FEW) return <>{T.left(available)}</>;
	if (status === "not_started" && saleStartsAt !== null) {
		return (
			<span class="numbers">
				{T.startsInShort} {clockText(Date.parse(saleStartsAt) - nowMs.value)}
			</span>
		);
	}
	return <>{T.status[status]}</>;
}
