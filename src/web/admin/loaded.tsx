/** What was read, or why it could not be, in words for the merchant. */
import type { ComponentChildren } from "preact";
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
