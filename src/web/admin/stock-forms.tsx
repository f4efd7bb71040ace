/** Restock and adjust: what changes how many units there are. */
import { useRef, useState } from "preact/hooks";
import { ProblemError } from "../../client/index.ts";
import { admin } from "./api.ts";
import { useAsk } from "./ask.tsx";
import { Check, Choice, Form, TextField, useAction } from "./form.tsx";
import { NotDone } from "./loaded.tsx";
import { A } from "./strings.ts";

interface StockFormProps {
	readonly sku: string;
	/** Reads the counters again. */
	readonly again: () => Promise<void>;
}

/**
 * The key of an intent: the same until it has worked or what is asked for has changed. So pressing twice, or once more
 * after an answer was lost, counts once.
 */
export function useIntentKey(intent: string): { readonly key: string; readonly done: () => void } {
	const known = useRef({ intent: "", key: "" });
	if (known.current.intent !== intent) known.current = { intent, key: crypto.randomUUID() };
	return {
		key: known.current.key,
		done: () => {
			known.current = { intent: "", key: "" };
		},
	};
}

const integer = (text: string): number | null => (/^[+-]?\d{1,10}$/.test(text.trim()) ? Number(text) : null);

export function RestockForm({ sku, again }: StockFormProps) {
	const [quantity, setQuantity] = useState("");
	const [reference, setReference] = useState("");
	const action = useAction();
	const intent = useIntentKey(`${sku} ${quantity} ${reference}`);
	const submit = () =>
		action.run(async () => {
			const received = Number(quantity);
			const result = await admin.restock(
				{ sku, quantity: received, reference: reference === "" ? null : reference },
				{ idempotencyKey: intent.key },
			);
			await again();
			if (!result.ok) throw new ProblemError(result.problem);
			intent.done();
			setQuantity("");
			const { filledPreorders, promoted } = result.data;
			return A.restocked(received, filledPreorders, promoted);
		});
	return (
		<Form {...{ action, button: A.restock, onSubmit: submit, isReady: integer(quantity) !== null }}>
			<h2>{A.restock}</h2>
			<p class="soft">{A.restockHelp}</p>
			<TextField
				{...{ label: A.quantity, value: quantity, inputMode: "numeric", required: true, onInput: setQuantity }}
			/>
			<TextField label={A.reference} hint={A.referenceHelp} value={reference} onInput={setReference} />
		</Form>
	);
}

const REASONS = A.reasons.map((reason) => [reason, reason] as const);

export function AdjustForm({ sku, again }: StockFormProps) {
	const ask = useAsk();
	const [delta, setDelta] = useState("");
	const [reason, setReason] = useState<string>(A.reasons[0] ?? "");
	const [onHand, setOnHand] = useState("");
	const [force, setForce] = useState(false);
	const action = useAction();
	const intent = useIntentKey(`${sku} ${delta} ${reason} ${onHand} ${force}`);
	const adjust = async (): Promise<string> => {
		const result = await admin.adjustStock(
			{ sku, delta: Number(delta), reason, force, ifOnHand: onHand === "" ? null : Number(onHand) },
			{ idempotencyKey: intent.key },
		);
		await again();
		if (result.ok) {
			intent.done();
			setDelta("");
			return A.adjusted(result.data.bumped);
		}
		if (result.problem.type === "/problems/on-hand-changed") throw new NotDone(A.onHandChanged(result.problem.onHand));
		if (result.problem.type === "/problems/below-held") throw new NotDone(A.belowHeld(result.problem.shortBy));
		throw new ProblemError(result.problem);
	};
	const submit = async () => {
		if (!force) return action.run(adjust);
		ask({
			title: A.adjust,
			text: A.forceWarning,
			button: A.adjust,
			onYes: () => action.run(adjust),
		});
	};
	return (
		<Form {...{ action, button: A.adjust, onSubmit: submit, isReady: Boolean(integer(delta)) }}>
			<h2>{A.adjust}</h2>
			<p class="soft">{A.adjustHelp}</p>
			<TextField {...{ label: A.adjustBy, value: delta, required: true, onInput: setDelta }} />
			<Choice {...{ label: A.reason, value: reason, options: REASONS, onChange: setReason }} />
			<TextField
				{...{ label: A.onlyIf, hint: A.onlyIfHelp, value: onHand, inputMode: "numeric", onInput: setOnHand }}
			/>
			<Check {...{ label: A.force, checked: force, onChange: setForce }} />
		</Form>
	);
}
