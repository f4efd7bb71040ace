/** How a product is shown, and how it is sold. A form changes only what was changed in it, and only what it has shown. */
import { useState } from "preact/hooks";
import { minorUnitOf, type Policy } from "../../client/index.ts";
import { admin } from "./api.ts";
import { Check, Form, TextField, useAction } from "./form.tsx";
import { type ProductTexts, useProductFields } from "./product-fields.tsx";
import { changeRevision, type RevisionProps } from "./revision.ts";
import { A } from "./strings.ts";

type Change = Parameters<typeof admin.changeProduct>[0];

export function DetailsForm(props: RevisionProps) {
	const { sku, title, description, imageUrl, price } = props.product;
	const shown: ProductTexts = {
		...{ title, description: description ?? "", imageUrl: imageUrl ?? "", currency: price.currency },
		price: (price.amount / 10 ** minorUnitOf(price.currency)).toFixed(minorUnitOf(price.currency)),
	};
	const form = useProductFields(shown);
	const action = useAction();
	const submit = () =>
		action.run(async () => {
			const { texts } = form;
			const next = form.price();
			if (next === null) return "";
			const change: Change = {
				sku,
				...(texts.title === shown.title ? {} : { title: texts.title }),
				...(texts.description === shown.description ? {} : { description: texts.description || null }),
				...(texts.imageUrl === shown.imageUrl ? {} : { imageUrl: texts.imageUrl || null }),
				...(next.amount === price.amount && next.currency === price.currency ? {} : { price: next }),
			};
			return changeRevision(props, A.saved, (condition) => admin.changeProduct(change, condition));
		});
	return <Form {...{ action, button: A.save, onSubmit: submit }}>{form.fields}</Form>;
}

const NUMBERS = [
	"holdSeconds",
	"offerSeconds",
	"offerSecondsAbsent",
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

export function PolicyForm(props: RevisionProps) {
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
			return changeRevision(props, A.saved, (condition) => admin.changeProduct({ sku, policy: change }, condition));
		});
	return (
		<Form {...{ action, button: A.save, onSubmit: submit }}>
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
			<Check {...{ label: A.takesPreorders, checked: takesPreorders, onChange: setTakesPreorders }} />
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
			<Check
				{...{ label: A.allowDelayedMethods, hint: A.allowDelayedMethodsHelp, checked: delayed, onChange: setDelayed }}
			/>
		</Form>
	);
}
