/** `<holdfast-buy sku>`: everything that one visitor can do about one SKU. */
import { clockText } from "../shared/countdown.ts";
import { endOf } from "../shared/face.ts";
import { formatDay, formatTime } from "../shared/format.ts";
import { formatMoney } from "../shared/money.ts";
import type { SkuState } from "../shared/sku-store.ts";
import { T } from "../shared/strings.ts";
import { HoldfastElement, type View } from "./base.ts";
import { checkoutForm } from "./checkout-form.ts";
import { countdown } from "./countdown-node.ts";
import { h } from "./dom.ts";

export class HoldfastBuy extends HoldfastElement {
	get quantity(): number {
		const quantity = Number(this.getAttribute("quantity") ?? 1);
		return Number.isInteger(quantity) && quantity > 0 ? quantity : 1;
	}

	protected override view(state: SkuState): View {
		const { product, connection, isBusy } = state;
		if (product === "missing") return ["missing", () => [h("p", {}, T.notFound)]];
		const { store, quantity } = this;
		const { face } = store;
		if (product === null || face === null) {
			const text = connection === "offline" ? T.offline : T.loading;
			return [text, () => [h("p", { class: "soft" }, text)]];
		}
		const message = messageOf(state);
		const view = (shown: readonly unknown[], children: () => readonly (Node | null)[]): View => [
			JSON.stringify([face.kind, isBusy, message, ...shown]),
			() => [h("div", { class: "box" }, ...children(), message === "" ? null : h("p", { part: "message" }, message))],
		];
		const status = (text: string) => h("p", { part: "status" }, text);
		const soft = (text: string) => h("p", { class: "soft" }, text);
		const reserve = (label: string, wait: boolean) =>
			this.button("button", label, true, () => void store.reserve(quantity, wait));
		const release = (label: string) => this.button("release", label, false, () => void store.release());
		const clock = (endsAt: string, label: string) => countdown(store, endsAt, label, (text) => this.say(text));
		const form = (units: number, offer: typeof product.preorder) =>
			checkoutForm(this, store, [{ sku: this.sku, quantity: units }], offer);
		switch (face.kind) {
			case "in-stock": {
				const label = T.getIt(formatMoney(product.price));
				return view([label], () => [reserve(label, false)]);
			}
			case "all-held":
				return view([], () => [status(T.allHeld), reserve(T.wait, true), soft(T.waitHelp)]);
			case "waiting":
				return view([face.ahead, face.held], () => [
					status(`${T.waiting}. ${T.ahead(face.ahead)}`),
					soft(T.aheadHelp(face.held)),
					release(T.leaveLine),
				]);
			case "held":
				return view([face.quantity, face.expiresAt, face.isOffer], () => [
					status(face.isOffer ? T.offered : T.held(face.quantity)),
					clock(face.expiresAt, T.heldFor),
					form(face.quantity, null),
					release(T.giveBack),
				]);
			case "paying":
				return view([], () => [status(T.paying)]);
			case "preorder": {
				const { expectedAt, termsVersion } = face.offer;
				const when = expectedAt === null ? T.preorderUnknown : T.preorderExpected(formatDay(expectedAt));
				return view([expectedAt, termsVersion], () => [status(`${T.preorder}. ${when}`), form(quantity, face.offer)]);
			}
			case "before-sale":
				return view([face.startsAt], () => [
					clock(face.startsAt, T.startsIn),
					soft(T.startsAt(formatTime(face.startsAt))),
				]);
			case "sold-out":
				return view([], () => [status(T.soldOut)]);
			case "ended":
				return view([], () => [status(T.ended)]);
		}
	}
}

/** What the visitor has to be told: of their last action, or else of a hold that has run out. */
const messageOf = ({ message, reservation }: SkuState): string =>
	message === "" && endOf(reservation) === "expired" ? T.expired : message;

/** `<holdfast-hold sku>`: the hold of this visitor with its clock, and nothing while there is none. */
export class HoldfastHold extends HoldfastElement {
	protected override view(state: SkuState): View {
		const { product, isBusy } = state;
		const { store } = this;
		const { face } = store;
		const message = messageOf(state);
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
					message === "" ? null : h("p", { part: "message" }, message),
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
