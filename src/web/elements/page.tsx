/** `/elements`: the custom elements at work, with code to copy. */
import "../shared/style.css";
import "./page.css";
import { h, render } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { ListedProduct } from "../../client/index.ts";
import { pageConfig } from "../shared/page-config.ts";
import { shop } from "../shared/shop.ts";
import "./main.ts";

const TEXT = {
	title: "Elements",
	lead: "Three tags put a drop on any page of any shop: one script, no framework, no cookie. They work on another origin than this one.",
	pick: "Product",
	none: "Add a product on the admin page first, and it can be chosen here.",
	copy: "Copy",
	copied: "Copied",
	buy: "Everything that a visitor can do about one product: hold it, wait in line, order in advance, pay.",
	hold: "What the visitor holds, with its clock: extend it, give it back, pay for it.",
	stock: "What is left, in a word or a number, live.",
	theming: "How it looks",
	themingLead: "Custom properties and parts. Everything else comes from your page.",
	events: "What your page is told",
	eventsLead:
		"Events bubble. `holdfast-checkout` can be prevented: then your page takes the shopper to the payment itself.",
};

const scriptTag = (): string => `<script type="module" src="${location.origin}/elements.js"></script>`;

const SAMPLES = (sku: string): readonly { readonly tag: string; readonly text: string; readonly code: string }[] => [
	{
		tag: "holdfast-stock",
		text: TEXT.stock,
		code: `<holdfast-stock sku="${sku}"></holdfast-stock>`,
	},
	{
		tag: "holdfast-buy",
		text: TEXT.buy,
		code: `<holdfast-buy sku="${sku}" quantity="1">\n  <a href="${location.origin}/products/${sku}">Buy it in the shop</a>\n</holdfast-buy>`,
	},
	{
		tag: "holdfast-hold",
		text: TEXT.hold,
		code: `<holdfast-hold sku="${sku}"></holdfast-hold>`,
	},
];

const STYLE_SAMPLE = `holdfast-buy {
  --holdfast-accent: #7a1f5c;
  --holdfast-accent-ink: #ffffff;
  --holdfast-line: #bbb;
  --holdfast-radius: 2px;
}
holdfast-buy::part(clock) { font-family: monospace; }
/* parts: body, button, checkout, clock, email, extend, form, message, release, status, stock */`;

const EVENT_SAMPLE = `document.addEventListener("holdfast-promoted", ({ detail }) => {
  alert("Your turn, until " + detail.expiresAt);
});
/* holdfast-held, -waiting, -promoted, -released, -expired, -problem, -checkout */`;

function Code({ text }: { readonly text: string }) {
	const [isCopied, setCopied] = useState(false);
	const copy = async () => {
		await navigator.clipboard.writeText(text);
		setCopied(true);
		setTimeout(() => setCopied(false), 2_000);
	};
	return (
		<div class="code">
			{/* biome-ignore lint/a11y/noNoninteractiveTabindex: long code scrolls, and has to scroll by keyboard too */}
			<pre tabIndex={0}>
				<code>{text}</code>
			</pre>
			<button type="button" class="button" onClick={() => void copy()}>
				{isCopied ? TEXT.copied : TEXT.copy}
			</button>
		</div>
	);
}

function App() {
	const [products, setProducts] = useState<readonly ListedProduct[]>([]);
	const [chosen, setChosen] = useState("");
	useEffect(() => {
		void shop.listProducts({ limit: 50 }).then((result) => {
			if (result.ok) setProducts(result.data.products);
		});
	}, []);
	const sku = chosen || (products[0]?.sku ?? "");
	return (
		<>
			<header class="elements-header">
				<a href="/">{pageConfig().shopName}</a>
			</header>
			<main class="elements">
				<h1>{TEXT.title}</h1>
				<p>{TEXT.lead}</p>
				<Code text={scriptTag()} />
				{products.length === 0 ? (
					<p class="soft">{TEXT.none}</p>
				) : (
					<div class="field">
						<label for="sku">{TEXT.pick}</label>
						<select id="sku" value={sku} onChange={(event) => setChosen(event.currentTarget.value)}>
							{products.map((product) => (
								<option key={product.sku} value={product.sku}>
									{product.title}
								</option>
							))}
						</select>
					</div>
				)}
				{sku !== "" &&
					SAMPLES(sku).map(({ tag, text, code }) => (
						<section key={tag}>
							<h2>
								<code>&lt;{tag}&gt;</code>
							</h2>
							<p>{text}</p>
							<div class="card sample">{h(tag, { key: sku, sku })}</div>
							<Code text={code} />
						</section>
					))}
				<section>
					<h2>{TEXT.theming}</h2>
					<p>{TEXT.themingLead}</p>
					<Code text={STYLE_SAMPLE} />
				</section>
				<section>
					<h2>{TEXT.events}</h2>
					<p>{TEXT.eventsLead}</p>
					<Code text={EVENT_SAMPLE} />
				</section>
			</main>
		</>
	);
}

const root = document.getElementById("app");
if (root !== null) render(<App />, root);
