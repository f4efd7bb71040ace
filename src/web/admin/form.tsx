/** What a form of the admin page is made of: its fields, its button, and what became of it. */
import type { ComponentChildren } from "preact";
import { useId, useState } from "preact/hooks";
import { failureText } from "./loaded.tsx";

interface FieldProps {
	readonly label: string;
	readonly hint?: string;
	readonly error?: string;
	readonly children: (attributes: {
		readonly id: string;
		readonly "aria-describedby"?: string;
		readonly "aria-invalid"?: boolean;
	}) => ComponentChildren;
}

function Field({ label, hint, error, children }: FieldProps) {
	const id = useId();
	const described = [hint ? `${id}-hint` : "", error ? `${id}-error` : ""].filter(Boolean).join(" ");
	return (
		<div class="field">
			<label for={id}>{label}</label>
			{children({
				id,
				...(described ? { "aria-describedby": described } : {}),
				...(error ? { "aria-invalid": true } : {}),
			})}
			{hint && (
				<p class="hint" id={`${id}-hint`}>
					{hint}
				</p>
			)}
			{error && (
				<p class="error" id={`${id}-error`} role="alert">
					{error}
				</p>
			)}
		</div>
	);
}

interface TextFieldProps {
	readonly label: string;
	readonly hint?: string;
	readonly error?: string;
	readonly value: string;
	readonly type?: "text" | "password" | "email" | "date" | "datetime-local" | "search";
	readonly inputMode?: "numeric" | "decimal";
	readonly required?: boolean;
	readonly onInput: (value: string) => void;
}

export function TextField({ label, hint, error, value, type = "text", inputMode, required, onInput }: TextFieldProps) {
	return (
		<Field label={label} {...(hint ? { hint } : {})} {...(error ? { error } : {})}>
			{(attributes) => (
				<input
					{...attributes}
					// The types of JSX tell each kind of input apart, and know none that may be one of several.
					type={type as "text"}
					value={value}
					required={required ?? false}
					{...(inputMode ? { inputMode } : {})}
					autocomplete="off"
					onInput={(event) => onInput(event.currentTarget.value)}
				/>
			)}
		</Field>
	);
}

interface FileFieldProps extends Omit<FieldProps, "children"> {
	/** What is offered first: kinds of files. */
	readonly accept: string;
	/** Undefined when none is chosen any more. */
	readonly onChoose: (file: File | undefined) => void;
}

export function FileField({ accept, onChoose, ...field }: FileFieldProps) {
	return (
		<Field {...field}>
			{(attributes) => (
				<input
					{...attributes}
					type="file"
					accept={accept}
					// The same file may be chosen again when it was changed.
					onClick={(event) => {
						event.currentTarget.value = "";
					}}
					onChange={(event) => onChoose(event.currentTarget.files?.[0])}
				/>
			)}
		</Field>
	);
}

interface FormProps {
	readonly onSubmit: () => void;
	/** What its button says. */
	readonly button: string;
	/** What the form did last; a form that asks before it does anything has none. */
	readonly action?: Action;
	readonly isReady?: boolean;
	readonly isDanger?: boolean;
	readonly children: ComponentChildren;
}

/** A form that is sent by its one button, and says below its fields what became of it. */
export function Form({ onSubmit, button, action, isReady = true, isDanger = false, children }: FormProps) {
	return (
		<form
			class="form card"
			onSubmit={(event) => {
				event.preventDefault();
				onSubmit();
			}}
		>
			{children}
			{action && <ActionMessage {...action} />}
			<button
				type="submit"
				class={`button ${isDanger ? "danger" : "primary"}`}
				disabled={!isReady || (action?.isBusy ?? false)}
			>
				{button}
			</button>
		</form>
	);
}

interface CheckProps {
	readonly label: string;
	readonly hint?: string;
	readonly checked: boolean;
	readonly onChange: (checked: boolean) => void;
}

export function Check({ label, hint, checked, onChange }: CheckProps) {
	return (
		<label class="check">
			<input type="checkbox" checked={checked} onChange={(event) => onChange(event.currentTarget.checked)} />
			<span>
				{label}
				{hint && <span class="hint soft">{hint}</span>}
			</span>
		</label>
	);
}

interface ChoiceProps {
	readonly label: string;
	readonly value: string;
	/** What can be chosen: the value, and how it is called. */
	readonly options: readonly (readonly [value: string, text: string])[];
	readonly onChange: (value: string) => void;
}

export function Choice({ label, value, options, onChange }: ChoiceProps) {
	return (
		<Field label={label}>
			{(attributes) => (
				<select {...attributes} value={value} onChange={(event) => onChange(event.currentTarget.value)}>
					{options.map(([one, text]) => (
						<option key={one} value={one}>
							{text}
						</option>
					))}
				</select>
			)}
		</Field>
	);
}

export interface Action {
	readonly isBusy: boolean;
	readonly message: string;
	readonly isBad: boolean;
	run(action: () => Promise<string>): Promise<void>;
}

/** Runs what a form does, and says what became of it. */
export function useAction(): Action {
	const [state, setState] = useState({ isBusy: false, message: "", isBad: false });
	const run = async (action: () => Promise<string>) => {
		setState({ isBusy: true, message: "", isBad: false });
		try {
			setState({ isBusy: false, message: await action(), isBad: false });
		} catch (failure) {
			setState({ isBusy: false, message: failureText(failure), isBad: true });
		}
	};
	return { ...state, run };
}

export function ActionMessage({ message, isBad }: { readonly message: string; readonly isBad: boolean }) {
	return <div role="status">{message !== "" && <p class={`notice${isBad ? " bad" : ""}`}>{message}</p>}</div>;
}
