/** Which page of the storefront is shown. Links stay plain links: this only saves the reload. */
import { signal } from "@preact/signals";

export const path = signal(location.pathname);

/** Pages that this script can show. The others have a document of their own, with a policy of its own. */
const OWN = /^\/($|products\/|orders($|\/))/;

export function navigate(to: string): void {
	const url = new URL(to, location.href);
	if (url.origin !== location.origin || !OWN.test(url.pathname)) {
		location.assign(url);
		return;
	}
	history.pushState(null, "", url);
	path.value = url.pathname;
	scrollTo(0, 0);
}

export function startRouter(): void {
	addEventListener("popstate", () => {
		path.value = location.pathname;
	});
	document.addEventListener("click", (event) => {
		if (
			event.defaultPrevented ||
			event.button !== 0 ||
			event.metaKey ||
			event.ctrlKey ||
			event.shiftKey ||
			event.altKey
		)
			return;
		const link = event.target instanceof Element ? event.target.closest("a") : null;
		if (link === null || link.target !== "" || link.hasAttribute("download")) return;
		const url = new URL(link.href);
		if (url.origin !== location.origin || !OWN.test(url.pathname) || url.hash !== "") return;
		event.preventDefault();
		navigate(url.pathname);
	});
}
