/** How a product is shown, and how it is sold. A form changes only what was changed in it, and only what it has shown. */
import { useState } from "preact/hooks";
import { type Policy, ProblemError, type StockedProduct } from "../../client/index.ts";
import { minorDigits, parseMoney } from "../shared/money.ts";
import { admin } from "./api.ts";
import { ActionMessage, TextField, useAction } from "./parts.tsx";
import { A } from "./strings.ts";

export interface ProductFormProps {
	readonly product: StockedProduct;
	/** The revision that the form shows: the server refuses the change of another one. */
	readonly etag: string | null;
	readonly again: () => Promise<void>;
	/** Says what became of a change. The form itself is a new one for each revision. */
	readonly say: (text: string) => void;
}

type Change = Parameters<typeof admin.changeProduct>[0];

/** Saves a change of the revision that was shown. Another one is read again, so that nobody's change is lost. */
async function save(change: Change, { etag, again, say }: ProductFormProps): Promise<string> {
	say("");
	const result = await admin.changeProduct(change, etag === null ? {} : { ifMatch: etag });
	const isStale = !result.ok && result.problem.type === "/problems/precondition-failed";
	if (!result.ok && !isStale) throw new ProblemError(result.problem);
	say(isStale ? A.changedMeanwhile : A.saved);
	await again();
	return "";
}

export function DetailsForm(props: ProductFormProps) {
	const { product } = props;
	const { sku, price } = product;
	const decimals = (price.amount / 10 ** minorDigits(price.currency)).toFixed(minorDigits(price.currency));
	const shown = {
		...{ title: product.title, description: product.description ?? "", imageUrl: product.imageUrl ?? "" },
		...{ price: decimals, currency: price.currency },
	};
	const [form, setForm] = useState(shown);
	const [error, setError] = useState("");
	const action = useAction();
	const set = (name: keyof typeof shown) => (value: string) => setForm({ ...form, [name]: value });
	const submit = () =>
		action.run(async () => {
			const currency = form.currency.trim().toUpperCase();
			const amount = /^[A-Z]{3}$/.test(currency) ? parseMoney(form.price, currency) : null;
			setError(amount === null ? A.priceWrong : "");
			if (amount === null) return "";
			const change: Change = {
				sku,
				...(form.title === shown.title ? {} : { title: form.title }),
				...(form.description === shown.description ? {} : { description: form.description || null }),
				...(form.imageUrl === shown.imageUrl ? {} : { imageUrl: form.imageUrl || null }),
				...(amount === price.amount && currency === price.currency ? {} : { price: { amount, currency } }),
			};
			return save(change, props);
		});
	return (
		<form
			class="form card"
			onSubmit={(event) => {
				event.preventDefault();
				void submit();
			}}
		>
			<TextField label={A.productTitle} value={form.title} required onInput={set("title")} />
			<TextField label={A.description} value={form.description} onInput={set("description")} />
			<TextField label={A.imageUrl} hint={A.imageUrlHelp} value={form.imageUrl} onInput={set("imageUrl")} />
			<div class="pair">
				<TextField
					{...{ label: A.price, hint: A.priceHelp, error, value: form.price, inputMode: "decimal", required: true }}
					onInput={set("price")}
				/>
				<TextField label={A.currency} hint={A.currencyHelp} value={form.currency} required onInput={set("currency")} />
			</div>
			<ActionMessage {...action} />
			<button type="submit" class="button primary" disabled={action.isBusy}>
				{A.save}
			</button>
		</form>
	);
}

const NUMBERS = [
	"holdSeconds",
	"offerSeconds",
	"paymentWindowSeconds",
	"paymentGraceSeconds",
	"maxExtensions",
	"limitPerShopper",
	"waitlistLimit",
] as const;

/** An instant as an input of a date and a time has it: in the reader's own zone, without one. */
function toLocal(instant: string | null): string {
	if (instant === null) return "";
	const date = new Date(instant);
	return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
}

const fromLocal = (text: string): string | null => (text === "" ? null : new Date(text).toISOString());

const textsOf = (policy: Policy) => ({
	...(Object.fromEntries(NUMBERS.map((name) => [name, policy[name]?.toString() ?? ""])) as Record<
		(typeof NUMBERS)[number],
		string
	>),
	saleStartsAt: toLocal(policy.saleStartsAt),
	saleEndsAt: toLocal(policy.saleEndsAt),
	capacity: policy.preorder?.capacity.toString() ?? "",
	expectedAt: toLocal(policy.preorder?.expectedAt ?? null),
	termsVersion: policy.preorder?.termsVersion ?? "",
});

type Texts = ReturnType<typeof textsOf>;

/** What a form of these texts changes. A member that is the same as before is left out, so it stays as it is. */
function policyChange(before: Texts, form: Texts, takesPreorders: boolean, tookPreorders: boolean) {
	const numbers = NUMBERS.filter((name) => form[name] !== before[name]).map((name) => [
		name,
		form[name].trim() === "" ? null : Number(form[name]),
	]);
	const times = (["saleStartsAt", "saleEndsAt"] as const)
		.filter((name) => form[name] !== before[name])
		.map((name) => [name, fromLocal(form[name])]);
	const preorderChanged = (["capacity", "expectedAt", "termsVersion"] as const).some(
		(name) => form[name] !== before[name],
	);
	const { capacity, expectedAt, termsVersion } = form;
	const preorder = takesPreorders
		? preorderChanged || !tookPreorders
			? { preorder: { capacity: Number(capacity), expectedAt: fromLocal(expectedAt), termsVersion } }
			: {}
		: tookPreorders
			? { preorder: null }
			: {};
	return { ...Object.fromEntries([...numbers, ...times]), ...preorder };
}

export function PolicyForm(props: ProductFormProps) {
	const { policy, sku } = props.product;
	const before = textsOf(policy);
	const [form, setForm] = useState(before);
	const [takesPreorders, setTakesPreorders] = useState(policy.preorder !== null);
	const [delayed, setDelayed] = useState(policy.allowDelayedMethods);
	const action = useAction();
	const set = (name: keyof Texts) => (value: string) => setForm({ ...form, [name]: value });
	const submit = () =>
		action.run(() => {
			const change = {
				...policyChange(before, form, takesPreorders, policy.preorder !== null),
				...(delayed === policy.allowDelayedMethods ? {} : { allowDelayedMethods: delayed }),
			};
			return save({ sku, policy: change }, props);
		});
	return (
		<form
			class="form card"
			onSubmit={(event) => {
				event.preventDefault();
				void submit();
			}}
		>
			<p class="soft">{A.policyLead}</p>
			<div class="columns">
				{NUMBERS.map((name) => {
					const [label, hint] = A.fields[name];
					return (
						<TextField
							key={name}
							{...{ label, hint, value: form[name], inputMode: "numeric" as const, onInput: set(name) }}
						/>
					);
				})}
				<TextField
					{...{ label: A.saleStartsAt, hint: A.saleHelp, type: "datetime-local" as const }}
					value={form.saleStartsAt}
					onInput={set("saleStartsAt")}
				/>
				<TextField
					{...{ label: A.saleEndsAt, hint: A.saleHelp, type: "datetime-local" as const }}
					value={form.saleEndsAt}
					onInput={set("saleEndsAt")}
				/>
			</div>
			<label class="check">
				<input
					type="checkbox"
					checked={takesPreorders}
					onChange={(event) => setTakesPreorders(event.currentTarget.checked)}
				/>
				<span>{A.takesPreorders}</span>
			</label>
			{takesPreorders && (
				<div class="columns">
					<TextField
						{...{ label: A.preorderCapacity, value: form.capacity, inputMode: "numeric" as const, required: true }}
						onInput={set("capacity")}
					/>
					<TextField
						{...{ label: A.preorderExpectedAt, type: "datetime-local" as const, value: form.expectedAt }}
						onInput={set("expectedAt")}
					/>
					<TextField
						{...{ label: A.preorderTerms, hint: A.preorderTermsHelp, value: form.termsVersion, required: true }}
						onInput={set("termsVersion")}
					/>
				</div>
			)}
			<label class="check">
				<input type="checkbox" checked={delayed} onChange={(event) => setDelayed(event.currentTarget.checked)} />
				<span>
					{A.allowDelayedMethods}
					<span class="hint soft">{A.allowDelayedMethodsHelp}</span>
				</span>
			</label>
			<ActionMessage {...action} />
			<button type="submit" class="button primary" disabled={action.isBusy}>
				{A.save}
			</button>
		</form>
	);
}
