/** A clock inside an element. It stops by itself when it is taken out of the page. */
import { clockText, spokenAt } from "../shared/countdown.ts";
import type { SkuStore } from "../shared/sku-store.ts";
import { h } from "./dom.ts";

/** @param say speaks to those who do not see the clock, now and then */
export function countdown(store: SkuStore, endsAt: string, label: string, say: (text: string) => void): HTMLElement {
	const { clock } = store.shop;
	const left = () => Math.max(0, Date.parse(endsAt) - clock.nowMs());
	const time = h("span", { class: "clock", part: "clock" });
	const box = h("p", { class: "row" }, label, time);
	let beforeMs = left();
	let wasShown = false;
	const tick = () => {
		// It is made a moment before it is shown, and removed when the element shows something else.
		if (wasShown && !box.isConnected) return;
		wasShown ||= box.isConnected;
		const leftMs = left();
		time.textContent = clockText(leftMs);
		const spoken = spokenAt(beforeMs, leftMs);
		if (spoken !== null) say(spoken);
		beforeMs = leftMs;
		if (leftMs === 0) void store.refresh();
		else setTimeout(tick, 1000 - (clock.nowMs() % 1000));
	};
	tick();
	return box;
}
