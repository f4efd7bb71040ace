/** Stripe's Payment Element. Its script has to come from Stripe, and is loaded on this page only. */
import { useEffect, useRef, useState } from "preact/hooks";
import { formatMoney, type Money } from "../shared/money.ts";
import { pageConfig } from "../shared/page-config.ts";
import { T } from "../shared/strings.ts";

/** The release train of the API version that the server speaks. https://docs.stripe.com/sdks/stripejs-versioning */
const SCRIPT = "https://js.stripe.com/endive/stripe.js";
/** A script that a blocker keeps away never fails, it just does not come. */
const PATIENCE_MS = 12_000;

interface StripeElements {
	create(type: "payment"): {
		mount(element: HTMLElement): void;
		on(event: "ready" | "loaderror", does: () => void): void;
	};
}

interface StripeClient {
	elements(options: { readonly clientSecret: string; readonly appearance: object }): StripeElements;
	confirmPayment(options: {
		readonly elements: StripeElements;
		readonly confirmParams: { readonly return_url: string };
		readonly redirect: "if_required";
	}): Promise<{ readonly error?: { readonly message?: string } }>;
}

type StripeFactory = (publishableKey: string) => StripeClient;

async function loadStripe(): Promise<StripeFactory> {
	const loaded = () => (globalThis as { Stripe?: StripeFactory }).Stripe;
	const known = loaded();
	if (known) return known;
	await new Promise<void>((resolve, reject) => {
		const script = document.createElement("script");
		script.src = SCRIPT;
		script.async = true;
		script.addEventListener("load", () => resolve());
		script.addEventListener("error", () => reject(new Error("Stripe's script did not load")));
		setTimeout(() => reject(new Error("Stripe's script did not come")), PATIENCE_MS);
		document.head.append(script);
	});
	const stripe = loaded();
	if (stripe === undefined) throw new Error("Stripe's script is not what it should be");
	return stripe;
}

interface StripeFormProps {
	readonly clientSecret: string;
	readonly total: Money;
	readonly onDone: () => Promise<void>;
}

type State = "loading" | "ready" | "paying" | "blocked" | "not-configured";

export function StripeForm({ clientSecret, total, onDone }: StripeFormProps) {
	const place = useRef<HTMLDivElement>(null);
	const client = useRef<{ readonly stripe: StripeClient; readonly elements: StripeElements } | null>(null);
	const [state, setState] = useState<State>("loading");
	const [error, setError] = useState("");
	useEffect(() => {
		const { stripePublishableKey } = pageConfig();
		if (stripePublishableKey === "") {
			setState("not-configured");
			return;
		}
		const start = async () => {
			const stripe = (await loadStripe())(stripePublishableKey);
			const isDark = matchMedia("(prefers-color-scheme: dark)").matches;
			const elements = stripe.elements({ clientSecret, appearance: { theme: isDark ? "night" : "stripe" } });
			const form = elements.create("payment");
			form.on("ready", () => setState("ready"));
			form.on("loaderror", () => setState("blocked"));
			if (place.current !== null) form.mount(place.current);
			client.current = { stripe, elements };
		};
		start().catch(() => setState("blocked"));
	}, [clientSecret]);
	const pay = async () => {
		if (client.current === null) return;
		setState("paying");
		setError("");
		const { stripe, elements } = client.current;
		const result = await stripe
			.confirmPayment({ elements, confirmParams: { return_url: location.href }, redirect: "if_required" })
			.catch(() => ({ error: { message: T.failed } }));
		if (result.error) setError(result.error.message ?? T.declined);
		await onDone();
		setState("ready");
	};
	return (
		<form
			onSubmit={(event) => {
				event.preventDefault();
				void pay();
			}}
		>
			<div ref={place} />
			<div role="alert">
				{state === "blocked" && <p class="notice bad">{T.stripeBlocked}</p>}
				{state === "not-configured" && <p class="notice bad">{T.notConfigured}</p>}
				{error !== "" && <p class="notice bad">{error}</p>}
			</div>
			{state === "loading" && <p class="soft">{T.loading}</p>}
			<button type="submit" class="button primary wide" disabled={state !== "ready"}>
				{T.payNow(formatMoney(total))}
			</button>
		</form>
	);
}
