/** Changes the revision of a product that the merchant has seen, and no other one. */
import { type AnyProblem, type Result, type StockedProduct, unwrap } from "../../client/index.ts";
import { A } from "./strings.ts";

export interface RevisionProps {
	readonly product: StockedProduct;
	/** The revision that is shown: the server refuses the change of another one. */
	readonly etag: string | null;
	readonly again: () => Promise<void>;
	/** Says what became of a change. A form itself is a new one for each revision. */
	readonly say: (text: string) => void;
}

/**
 * Another revision than the one that was seen is read again, so that nobody's change is lost.
 * @param done what to say when it worked
 * @param change makes the change, on the condition that it is given
 * @returns "", since what became of it is said outside the form
 */
export async function changeRevision(
	{ etag, again, say }: RevisionProps,
	done: string,
	change: (condition: { readonly ifMatch?: string }) => Promise<Result<unknown, AnyProblem>>,
): Promise<string> {
	say("");
	const result = await change(etag === null ? {} : { ifMatch: etag });
	const isStale = !result.ok && result.problem.type === "/problems/precondition-failed";
	if (!isStale) unwrap(result);
	say(isStale ? A.changedMeanwhile : done);
	await again();
	return "";
}
