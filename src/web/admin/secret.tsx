/** A secret that is shown once, with a button that copies it. */
import { useState } from "preact/hooks";
import { A } from "./strings.ts";

export function SecretOnce({ secret }: { readonly secret: string }) {
	const [isCopied, setCopied] = useState(false);
	const copy = () =>
		navigator.clipboard.writeText(secret).then(
			() => setCopied(true),
			() => {},
		);
	return (
		<section class="card form" aria-label={A.secret}>
			<h2>{A.secret}</h2>
			<p class="notice time">{A.secretOnce}</p>
			<code class="secret">{secret}</code>
			<div class="actions">
				<button type="button" class="button" onClick={() => void copy()}>
					{A.copy}
				</button>
				<span role="status">{isCopied && A.copied}</span>
			</div>
		</section>
	);
}
