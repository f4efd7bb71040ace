/**
 * From a hold to its payment: asks for the e-mail, opens the checkout, and leads to the shop's pay page.
 *
 * The pay page stands at the shop's origin, and the shopper's token at this page's. It goes along behind the `#` of the
 * address, which no server and no log gets to see; the pay page takes it out of the address at once.
 */
import type { Product } from "../../client/index.ts";
import type { SkuStore } from "../shared/sku-store.ts";
import { T } from "../shared/strings.ts";
import { h } from "./dom.ts";

interface Line {
	readonly sku: string;
	readonly quantity: number;
}

type Offer = Pick<NonNullable<Product["preorder"]>, "termsVersion" | "expectedAt">;

interface Host extends HTMLElement {
	readonly origin: string;
}

/** @param offer the pre-order whose terms the form asks to accept; null for units that are held */
export function checkoutForm(host: Host, store: SkuStore, lines: readonly Line[], offer: Offer | null) {
	const email = h("input", {
		type: "email",
		name: "email",
		autocomplete: "email",
		required: true,
		part: "email",
	}) as HTMLInputElement;
	// Named by what is accepted: a tick for other terms or another date is no tick for these.
	const name = `terms ${offer?.termsVersion} ${offer?.expectedAt}`;
	const accept = h("input", { type: "checkbox", name, required: true });
	const error = h("p", { role: "alert", part: "message" });
	const submit = h("button", { type: "submit", class: "primary", part: "checkout" }, T.payFor) as HTMLButtonElement;
	const open = async () => {
		submit.disabled = true;
		error.textContent = "";
		try {
			const result = await store.shop.openCheckout({
				...{ lines, email: email.value },
				...(offer === null
					? {}
					: { acceptPreorder: { termsVersion: offer.termsVersion, expectedAt: offer.expectedAt } }),
			});
			if (result.ok) {
				const wantsToStay = !host.dispatchEvent(
					new CustomEvent("holdfast-checkout", {
						...{ bubbles: true, composed: true, cancelable: true, detail: result.data },
					}),
				);
				if (!wantsToStay) location.assign(await payAddress(store, host.origin, result.data.id));
				return;
			}
			const { problem } = result;
			const reasons = problem.type === "/problems/lines-unavailable" ? problem.lines.map(({ reason }) => reason) : [];
			error.textContent = reasons.map((reason) => T.refusedBecause[reason] ?? reason).join(", ") || problem.detail;
			await store.refresh();
		} catch {
			error.textContent = T.failed;
		} finally {
			submit.disabled = false;
		}
	};
	const onSubmit = (event: Event) => {
		event.preventDefault();
		void open();
	};
	const terms = offer === null ? null : h("label", { class: "check" }, accept, T.preorderTerms(offer.termsVersion));
	return h(
		"form",
		{ class: "box", part: "form", submit: onSubmit },
		h("label", {}, T.email, email),
		terms,
		error,
		submit,
	);
}

async function payAddress(store: SkuStore, origin: string, checkoutId: string): Promise<string> {
	const address = new URL(`/checkout/${encodeURIComponent(checkoutId)}`, origin);
	if (origin !== location.origin) {
		const token = await store.shop.token();
		if (token !== null) address.hash = new URLSearchParams({ shopper: token }).toString();
	}
	return address.href;
}
