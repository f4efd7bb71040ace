/** One timer for every clock on a page, on the whole second of the server's time. */
import { signal } from "@preact/signals";
import { shop } from "./shop.ts";

/** The server's time now, in milliseconds since 1970. Changes once a second. */
export const nowMs = signal(shop.clock.nowMs());

function tick(): void {
	nowMs.value = shop.clock.nowMs();
	setTimeout(tick, 1000 - (nowMs.value % 1000));
}

tick();
// A page in the background is not ticked: it has the right time as soon as it is seen again.
document.addEventListener("visibilitychange", () => {
	nowMs.value = shop.clock.nowMs();
});
