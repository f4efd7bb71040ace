/** A list in a table, page by page. */
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { A } from "./strings.ts";

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

/** Which page of a list is shown, and the way to its neighbours. */
export interface Pages {
	/** Where the page that is shown begins: a member of the request. None is the first. */
	readonly at: { readonly cursor?: string };
	/** Shows the first page again: another list is asked for. */
	readonly reset: () => void;
	/** @param next the cursor of the page after this one; null on the last */
	readonly buttons: (next: string | null) => ComponentChildren;
}

/** Goes through a list by its cursors, and back the way it came. */
export function usePages(): Pages {
	/** The cursors of the pages up to the one that is shown; the first page has none. */
	const [cursors, setCursors] = useState<readonly string[]>([]);
	const cursor = cursors.at(-1);
	return {
		at: cursor === undefined ? {} : { cursor },
		reset: () => setCursors([]),
		buttons: (next) => (
			<div class="actions">
				{cursor !== undefined && (
					<button type="button" class="button" onClick={() => setCursors(cursors.slice(0, -1))}>
						{A.back}
					</button>
				)}
				{next !== null && (
					<button type="button" class="button" onClick={() => setCursors([...cursors, next])}>
						{A.more}
					</button>
				)}
			</div>
		),
	};
}
