/** The overview: what is selling now, and whether every unit is accounted for. */
import { useEffect, useState } from "preact/hooks";
import { pagesOf, type Stock, type StockedProduct, unwrap } from "../../client/index.ts";
import { useReading } from "../shared/reading.ts";
import { admin } from "./api.ts";
import { Chart, type Sample, SERIES } from "./chart.tsx";
import { Demand, Equation } from "./equation.tsx";
import { Loaded } from "./loaded.tsx";
import { A } from "./strings.ts";
import { Table } from "./table.tsx";

const LIST_MS = 2_000;
const WATCH_MS = 1_000;
/** Ten minutes of samples. */
const SAMPLES = 600;

const isRunning = ({ stock }: StockedProduct): boolean => stock !== null && (stock.held > 0 || stock.waiting > 0);

/** Every product of the shop, page by page. */
async function allProducts(signal: AbortSignal): Promise<readonly StockedProduct[]> {
	const all: StockedProduct[] = [];
	const pages = pagesOf(async (at) => unwrap(await admin.listDefinedProducts({ limit: 50, ...at }, { signal })));
	for await (const { products } of pages) all.push(...products);
	return all;
}

export function Overview() {
	const reading = useReading("overview", LIST_MS, allProducts);
	const [chosen, setChosen] = useState<string | null>(null);
	return (
		<>
			<h1>{A.nav.overview}</h1>
			<p class="soft">{A.overviewLead}</p>
			<Loaded reading={reading}>
				{(products) => {
					const running = products.filter(isRunning);
					const sku = chosen ?? running[0]?.sku ?? products[0]?.sku ?? null;
					return (
						<>
							{sku !== null && <Drop key={sku} sku={sku} />}
							<h2>{A.running}</h2>
							{running.length === 0 && <p class="soft">{A.nothingRunning}</p>}
							<ProductNumbers products={running.length > 0 ? running : products} sku={sku} onChoose={setChosen} />
						</>
					);
				}}
			</Loaded>
		</>
	);
}

interface ProductNumbersProps {
	readonly products: readonly StockedProduct[];
	readonly sku: string | null;
	readonly onChoose: (sku: string) => void;
}

function ProductNumbers({ products, sku, onChoose }: ProductNumbersProps) {
	const { available, held, sold, waiting } = A.counters;
	return (
		<Table caption={A.nav.products} head={[A.sku, available, held, sold, waiting, A.chart]}>
			{products.map((product) => (
				<tr key={product.sku}>
					<th scope="row">
						<a href={`#/products/${encodeURIComponent(product.sku)}`}>{product.title}</a>
					</th>
					<td class="numbers">{product.stock?.available ?? "–"}</td>
					<td class="numbers">{product.stock?.held ?? "–"}</td>
					<td class="numbers">{product.stock?.sold ?? "–"}</td>
					<td class="numbers">{product.stock?.waiting ?? "–"}</td>
					<td>
						<button
							type="button"
							class="button small"
							aria-pressed={product.sku === sku}
							aria-label={`${A.chart}: ${product.title}`}
							onClick={() => onChoose(product.sku)}
						>
							{A.chart}
						</button>
					</td>
				</tr>
			))}
		</Table>
	);
}

const toSample = ({ available, held, paying, sold, waiting, demand }: Stock): Sample => ({
	...{ atMs: Date.now(), available, held, paying, sold, waiting },
	refused: demand.refused,
});

/** One SKU, live. */
function Drop({ sku }: { readonly sku: string }) {
	const reading = useReading(sku, WATCH_MS, async (signal) => unwrap(await admin.getStock({ sku }, { signal })));
	const [samples, setSamples] = useState<readonly Sample[]>([]);
	const { data } = reading;
	useEffect(() => {
		if (data !== null) setSamples((before) => [...before.slice(1 - SAMPLES), toSample(data)]);
	}, [data]);
	return (
		<Loaded reading={reading}>
			{(stock) => (
				<section class="card drop" aria-label={sku}>
					<h2>
						<a href={`#/products/${encodeURIComponent(sku)}`}>{sku}</a>
					</h2>
					<dl class="tiles">
						{SERIES.map((name) => (
							<div class={`tile ${name}`} key={name}>
								<dt>{A.counters[name]}</dt>
								<dd class="numbers">{name === "refused" ? stock.demand.refused : stock[name]}</dd>
							</div>
						))}
					</dl>
					<Equation counters={stock} />
					<Chart samples={samples} label={A.chartOf(sku)} />
					<Demand demand={stock.demand} />
				</section>
			)}
		</Loaded>
	);
}
