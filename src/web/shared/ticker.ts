/** One timer for every clock on a page, on the whole second of the server's time. */
import { signal } from "@preact/signals";
import { shop } from "./shop.ts";

/** The server's time now, in milliseconds since 1970. Changes once a second. */
export const nowMs = signal(shop.clock.nowMs());

/** Shows the time as it is known now: an answer has just told it, or the page is seen again. */
export function syncClock(): void {
	nowMs.value = shop.clock.nowMs();
}

function tick(): void {
	syncClock();
	setTimeout(tick, 1000 - (nowMs.value % 1000));
}

tick();
// A page in the background is not ticked: it has the right time as soon as it is seen again.
document.addEventListener("visibilitychange", syncClock);
