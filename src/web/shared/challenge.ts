/**
 * The challenge that a shop may ask before somebody becomes a shopper: Cloudflare Turnstile's widget. Most visitors never
 * see it, since it appears only when it needs them.
 * https://developers.cloudflare.com/turnstile/get-started/client-side-rendering/
 */
import { T } from "./strings.ts";

const SCRIPT = "https://challenges.cloudflare.com/turnstile/v0/api.js?render=explicit";

interface Turnstile {
	render(
		into: HTMLElement,
		options: {
			readonly sitekey: string;
			readonly appearance: "interaction-only";
			readonly callback: (token: string) => void;
			readonly "error-callback": () => boolean;
		},
	): string | undefined;
	remove(widget: string): void;
}

let loading: Promise<Turnstile | null> | null = null;

/** @returns null when the script cannot be loaded; the next call tries again */
function load(): Promise<Turnstile | null> {
	loading ??= new Promise<Turnstile | null>((resolve) => {
		const script = document.createElement("script");
		script.src = SCRIPT;
		script.onload = () => resolve((window as { turnstile?: Turnstile }).turnstile ?? null);
		script.onerror = () => {
			loading = null;
			script.remove();
			resolve(null);
		};
		document.head.append(script);
	});
	return loading;
}

/** @returns what to send as `turnstileToken`; undefined when there is none, and the server will say that it wants one */
export async function solveChallenge(siteKey: string): Promise<string | undefined> {
	const turnstile = await load();
	if (turnstile === null) return undefined;
	const place = document.createElement("section");
	place.className = "challenge";
	place.setAttribute("aria-label", T.challenge);
	// Inside an open dialog everything else is inert.
	(document.querySelector("dialog[open]") ?? document.body).append(place);
	const { promise, resolve } = Promise.withResolvers<string | undefined>();
	const widget = turnstile.render(place, {
		sitekey: siteKey,
		appearance: "interaction-only",
		callback: resolve,
		"error-callback": () => {
			resolve(undefined);
			return true;
		},
	});
	const token = await promise;
	if (widget !== undefined) turnstile.remove(widget);
	place.remove();
	return token;
}
