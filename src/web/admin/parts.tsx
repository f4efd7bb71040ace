/** Parts that several screens of the admin page are made of. */
import { type ComponentChildren, createContext } from "preact";
import { useContext, useEffect, useId, useRef, useState } from "preact/hooks";
import { ProblemError } from "../../client/index.ts";
import type { Reading } from "../shared/reading.ts";
import { A } from "./strings.ts";

/** Something that was not done, in words for the merchant. */
export class NotDone extends Error {}

/** What went wrong, in words; a problem says it itself. */
export function failureText(failure: unknown): string {
	if (failure instanceof ProblemError) return `${failure.problem.title}. ${failure.problem.detail}`;
	return failure instanceof NotDone ? failure.message : A.failed;
}

/** Shows what was read, and says when it could not be read again. */
export function Loaded<Data>({
	reading,
	children,
}: {
	readonly reading: Reading<Data>;
	readonly children: (data: Data) => ComponentChildren;
}) {
	const { data, failure, again } = reading;
	return (
		<>
			{failure !== null && (
				<p class="notice bad" role="alert">
					{failureText(failure)}{" "}
					<button type="button" class="button small" onClick={() => void again()}>
						{A.retry}
					</button>
				</p>
			)}
			{data === null ? failure === null && <p class="soft">{A.loading}</p> : children(data)}
		</>
	);
}

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

export function Field({ label, hint, error, children }: FieldProps) {
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

/** A table that scrolls by itself where the screen is narrow. */
export function Table({
	caption,
	head,
	children,
}: {
	readonly caption: string;
	readonly head: readonly string[];
	readonly children: ComponentChildren;
}) {
	return (
		// biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to scroll by keyboard too
		<section class="table-scroll card" aria-label={caption} tabIndex={0}>
			<table>
				<caption class="visually-hidden">{caption}</caption>
				<thead>
					<tr>
						{head.map((title) => (
							<th key={title} scope="col">
								{title}
							</th>
						))}
					</tr>
				</thead>
				<tbody>{children}</tbody>
			</table>
		</section>
	);
}

export const Empty = () => <p class="soft empty-list">{A.none}</p>;

// ---- Asking before what cannot be undone

export interface Question {
	readonly title: string;
	readonly text: string;
	readonly button: string;
	/** What it does can be taken back. */
	readonly isReversible?: boolean;
	readonly onYes: () => Promise<void>;
}

const Ask = createContext<(question: Question) => void>(() => {});
export const useAsk = () => useContext(Ask);

/** Gives everything below it a dialog that asks first. */
export function AskProvider({ children }: { readonly children: ComponentChildren }) {
	const [question, setQuestion] = useState<Question | null>(null);
	const [failure, setFailure] = useState<unknown>(null);
	const [isBusy, setBusy] = useState(false);
	const dialog = useRef<HTMLDialogElement>(null);
	useEffect(() => {
		if (question === null) dialog.current?.close();
		else dialog.current?.showModal();
		setFailure(null);
	}, [question]);
	const yes = async () => {
		setBusy(true);
		try {
			await question?.onYes();
			setQuestion(null);
		} catch (error) {
			setFailure(error);
		} finally {
			setBusy(false);
		}
	};
	return (
		<Ask.Provider value={setQuestion}>
			{children}
			<dialog ref={dialog} class="ask card" aria-labelledby="ask-title" onClose={() => setQuestion(null)}>
				<h2 id="ask-title">{question?.title}</h2>
				<p>{question?.text}</p>
				{!question?.isReversible && <p class="soft">{A.irreversible}</p>}
				<div role="alert">{failure !== null && <p class="notice bad">{failureText(failure)}</p>}</div>
				<div class="actions">
					<button
						type="button"
						class={`button ${question?.isReversible ? "primary" : "danger"}`}
						disabled={isBusy}
						onClick={() => void yes()}
					>
						{question?.button}
					</button>
					<button type="button" class="button" onClick={() => setQuestion(null)}>
						{A.cancel}
					</button>
				</div>
			</dialog>
		</Ask.Provider>
	);
}

/** Runs what a form does, and says what became of it. */
export function useAction(): {
	readonly isBusy: boolean;
	readonly message: string;
	readonly isBad: boolean;
	run(action: () => Promise<string>): Promise<void>;
} {
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
