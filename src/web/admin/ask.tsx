/** Asks before what cannot be undone, and before what a shopper notices. */
import { type ComponentChildren, createContext } from "preact";
import { useContext, useEffect, useRef, useState } from "preact/hooks";
import { failureText } from "./loaded.tsx";
import { A } from "./strings.ts";

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
