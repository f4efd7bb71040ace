/** A screen that few open: its script is loaded when somebody does. */
import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { A } from "./strings.ts";

export function lazy(load: () => Promise<ComponentType>): ComponentType {
	return function Lazy() {
		const [loaded, setLoaded] = useState<{ readonly Screen: ComponentType | null } | null>(null);
		useEffect(() => {
			load().then(
				(Screen) => setLoaded({ Screen }),
				() => setLoaded({ Screen: null }),
			);
		}, []);
		if (loaded === null) return <p class="soft">{A.loading}</p>;
		if (loaded.Screen !== null) return <loaded.Screen />;
		// A newer version may have been deployed since this page was opened, and its scripts have other names.
		return (
			<p class="notice bad" role="alert">
				{A.screenFailed}{" "}
				<button type="button" class="button small" onClick={() => location.reload()}>
					{A.reload}
				</button>
			</p>
		);
	};
}
