/** The frame of every storefront page. */
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { bag } from "../shared/bag.ts";
import { pageConfig } from "../shared/page-config.ts";
import { path } from "../shared/router.ts";
import { T } from "../shared/strings.ts";
import { BagDialog, isBagOpen } from "./bag-dialog.tsx";

export function Layout({ children }: { readonly children: ComponentChildren }) {
	const main = useRef<HTMLElement>(null);
	const isFirst = useRef(true);
	const here = path.value;
	// A reader of the screen has to learn that the page has changed, as after a real load.
	useEffect(() => {
		if (!isFirst.current) main.current?.focus();
		isFirst.current = false;
	}, [here]);
	const count = bag.value.reduce((sum, { quantity }) => sum + quantity, 0);
	return (
		<>
			<a class="skip-link" href="#content">
				{T.skip}
			</a>
			<header class="site-header">
				<a class="brand" href="/">
					{pageConfig().shopName}
				</a>
				<nav aria-label="Shop">
					<a href="/" aria-current={here === "/" ? "page" : undefined}>
						{T.products}
					</a>
					<a href="/orders" aria-current={here.startsWith("/orders") ? "page" : undefined}>
						{T.orders}
					</a>
				</nav>
				<button
					type="button"
					class="bag-button button"
					aria-haspopup="dialog"
					aria-label={T.bagCount(count)}
					onClick={() => {
						isBagOpen.value = true;
					}}
				>
					<svg aria-hidden="true" width="20" height="20" viewBox="0 0 24 24" fill="none" stroke="currentColor">
						<path d="M5 8h14l1 13H4L5 8Zm4 0a3 3 0 0 1 6 0" stroke-width="2" stroke-linejoin="round" />
					</svg>
					<span class="numbers" aria-hidden="true">
						{count}
					</span>
				</button>
			</header>
			<main id="content" tabIndex={-1} ref={main}>
				{children}
			</main>
			<footer class="site-footer soft">{T.footer}</footer>
			<BagDialog />
		</>
	);
}
