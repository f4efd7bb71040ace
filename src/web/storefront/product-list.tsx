/** `/`: every product, with what is available of it now. */
import { useEffect, useState } from "preact/hooks";
import { type Product, unwrap } from "../../client/index.ts";
import { clockText } from "../shared/countdown.ts";
import { formatMoney } from "../shared/money.ts";
import { Picture } from "../shared/picture.tsx";
import { shop } from "../shared/shop.ts";
import { T } from "../shared/strings.ts";
import { nowMs, syncClock } from "../shared/ticker.ts";

/** How often the numbers of the list are read again. A product's own page is live. */
const REFRESH_MS = 4_000;
const FEW = 10;

async function readAll(signal: AbortSignal): Promise<readonly Product[]> {
	const all: Product[] = [];
	let cursor: string | null = "";
	while (cursor !== null) {
		const page: { readonly products: readonly Product[]; readonly nextCursor: string | null } = unwrap(
			await shop.listProducts(cursor === "" ? { limit: 50 } : { limit: 50, cursor }, { signal }),
		);
		all.push(...page.products);
		cursor = page.nextCursor;
	}
	return all;
}

export function ProductList() {
	const [products, setProducts] = useState<readonly Product[] | null>(null);
	const [hasFailed, setFailed] = useState(false);
	useEffect(() => {
		const stop = new AbortController();
		const read = async () => {
			try {
				const askedAtMs = Date.now();
				const all = await readAll(stop.signal);
				for (const { availability } of all) {
					if (availability !== null) shop.clock.learn(Date.parse(availability.asOf), askedAtMs);
				}
				syncClock();
				setProducts(all);
				setFailed(false);
			} catch {
				if (!stop.signal.aborted) setFailed(true);
			}
		};
		void read();
		const timer = setInterval(() => {
			if (document.visibilityState === "visible") void read();
		}, REFRESH_MS);
		return () => {
			stop.abort();
			clearInterval(timer);
		};
	}, []);
	return (
		<>
			<h1 class="visually-hidden">{T.products}</h1>
			{hasFailed && (
				<p class="notice bad" role="alert">
					{products === null ? T.failed : T.offline}
				</p>
			)}
			{products === null && !hasFailed && <p class="soft">{T.loading}</p>}
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

function ProductCard({ product }: { readonly product: Product }) {
	const { sku, title, imageUrl, price, availability } = product;
	return (
		<a class="product-card card" href={`/products/${encodeURIComponent(sku)}`}>
			<Picture title={title} imageUrl={imageUrl} />
			<span class="product-card-text">
				<span class="product-card-title">{title}</span>
				<span class="numbers">{formatMoney(price)}</span>
				<span class={`badge ${availability.status}`}>
					<StatusText product={product} />
				</span>
			</span>
		</a>
	);
}

function StatusText({ product: { availability, saleStartsAt } }: { readonly product: Product }) {
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
