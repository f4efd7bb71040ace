/** An address at which there is nothing. */
import { T } from "../shared/strings.ts";

export function NotFound() {
	return (
		<div class="empty card">
			<h1>{T.notFound}</h1>
			<p class="soft">{T.notFoundHelp}</p>
			<a class="button" href="/">
				{T.backToProducts}
			</a>
		</div>
	);
}
