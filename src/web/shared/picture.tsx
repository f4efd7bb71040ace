/** A product's picture, or its initial where it has none or the picture does not load. */
import { useState } from "preact/hooks";

export function Picture({ title, imageUrl }: { readonly title: string; readonly imageUrl: string | null }) {
	const [isBroken, setBroken] = useState(false);
	if (imageUrl === null || isBroken) {
		return (
			<span class="picture placeholder" aria-hidden="true">
				{title.slice(0, 1)}
			</span>
		);
	}
	// The title stands beside every picture, so the picture itself says nothing more.
	return <img class="picture" src={imageUrl} alt="" decoding="async" onError={() => setBroken(true)} />;
}
