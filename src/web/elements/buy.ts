/** `<holdfast-buy sku>`: everything that one visitor can do about one SKU. */
import { clockText } from "../shared/countdown.ts";
import { formatDay, formatTime } from "../shared/format.ts";
import { formatMoney } from "../shared/money.ts";
import { T } from "../shared/strings.ts";
import { HoldfastElement, type View } from "./base.ts";
import { checkoutForm } from "./checkout-form.ts";
import { countdown } from "./countdown-node.ts";
import { h } from "./dom.ts";
import type { SkuState } from "./sku-store.ts";

export class HoldfastBuy extends HoldfastElement {
	get quantity(): number {
		const quantity = Number(this.getAttribute("quantity") ?? 1);
		return Number.isInteger(quantity) && quantity > 0 ? quantity : 1;
	}

	protected override view({ product, connection, isBusy }: SkuState): View {
		if (product === "missing") return ["missing", () => [h("p", {}, T.notFound)]];
		const { store } = this;
		const { face } = store;
		if (product === null || face === null) {
			const text = connection === "offline" ? T.offline : T.loading;
			return [text, () => [h("p", { class: "soft" }, text)]];
		}
		const { message, quantity } = this;
		const reserve = (wait: boolean) => () => {
			this.clearMessage();
			void store.reserve(quantity, wait);
		};
		const note = () => (message === "" ? null : h("p", { part: "message" }, message));
		const box = (...children: (Node | string | null)[]) => [h("div", { class: "box" }, ...children, note())];
		const key = JSON.stringify([face, isBusy, message, product.price]);
		switch (face.kind) {
			case "in-stock":
				return [key, () => box(this.button("button", T.getIt(formatMoney(product.price)), true, reserve(false)))];
			case "all-held":
				return [
					key,
					() =>
						box(
							h("p", { part: "status" }, T.allHeld),
							this.button("button", T.wait, true, reserve(true)),
							h("p", { class: "soft" }, T.waitHelp),
						),
				];
			case "waiting":
				return [
					key,
					() =>
						box(
							h("p", { part: "status" }, `${T.waiting}. ${T.ahead(face.ahead)}`),
							h("p", { class: "soft" }, T.aheadHelp(face.held)),
							this.button("release", T.leaveLine, false, () => void store.release()),
						),
				];
			case "held":
				return [
					key,
					() =>
						box(
							h("p", { part: "status" }, face.isOffer ? T.offered : T.held(face.quantity)),
							countdown(store, face.expiresAt, T.heldFor, (text) => this.say(text)),
							checkoutForm(this, store, [{ sku: this.sku, quantity: face.quantity }], null),
							this.button("release", T.giveBack, false, () => void store.release()),
						),
				];
			case "paying":
				return [key, () => box(h("p", { part: "status" }, T.paying))];
			case "preorder":
				return [
					key,
					() => {
						const { expectedAt, termsVersion } = face.offer;
						const when = expectedAt === null ? T.preorderUnknown : T.preorderExpected(formatDay(expectedAt));
						return box(
							h("p", { part: "status" }, `${T.preorder}. ${when}`),
							checkoutForm(this, store, [{ sku: this.sku, quantity }], termsVersion),
						);
					},
				];
			case "before-sale":
				return [
					key,
					() =>
						box(
							countdown(store, face.startsAt, T.startsIn, (text) => this.say(text)),
							h("p", { class: "soft" }, T.startsAt(formatTime(face.startsAt))),
						),
				];
			case "sold-out":
				return [key, () => box(h("p", { part: "status" }, T.soldOut))];
			case "ended":
				return [key, () => box(h("p", { part: "status" }, T.ended))];
		}
	}
}

/** `<holdfast-hold sku>`: the hold of this visitor with its clock, and nothing while there is none. */
export class HoldfastHold extends HoldfastElement {
	protected override view({ product, isBusy }: SkuState): View {
		const { store, message } = this;
		const { face } = store;
		if (product === null || product === "missing" || face?.kind !== "held") {
			return [
				`none ${message}`,
				() => [h("p", { class: "soft", part: "status" }, message === "" ? T.nothingHeld : message)],
			];
		}
		return [
			JSON.stringify([face, isBusy, message, product.title]),
			() => [
				h(
					"div",
					{ class: "box" },
					h("p", { part: "status" }, `${face.quantity} × ${product.title}`),
					countdown(store, face.expiresAt, T.heldFor, (text) => this.say(text)),
					h(
						"div",
						{ class: "row" },
						face.extensionsLeft > 0 ? this.button("extend", T.extend, false, () => void store.extend()) : null,
						this.button("release", T.giveBack, false, () => void store.release()),
					),
					checkoutForm(this, store, [{ sku: this.sku, quantity: face.quantity }], null),
				),
			],
		];
	}
}

const FEW = 10;

/** `<holdfast-stock sku>`: how much there is, in a word or a number. */
export class HoldfastStock extends HoldfastElement {
	protected override view({ product, availability }: SkuState): View {
		if (product === "missing") return ["missing", () => [h("span", {}, T.notFound)]];
		const known = availability ?? product?.availability ?? null;
		if (product === null || known === null) return ["loading", () => [h("span", {}, T.loading)]];
		const { status, available } = known;
		const word = status === "in_stock" && available <= FEW ? T.stockLeft(available) : T.status[status];
		const startsAt = status === "not_started" ? product.saleStartsAt : null;
		const text =
			startsAt === null
				? word
				: `${T.startsInShort} ${clockText(Date.parse(startsAt) - this.store.shop.clock.nowMs())}`;
		this.setAttribute("status", status);
		return [text, () => [h("span", { part: "stock" }, text)]];
	}
}
