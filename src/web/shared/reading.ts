/** Data that a page shows and reads again while it is seen. */
import { useCallback, useEffect, useRef, useState } from "preact/hooks";

export interface Reading<Data> {
	/** Null before the first answer. */
	readonly data: Data | null;
	/** Why the last attempt failed; null when it did not. */
	readonly failure: unknown;
	/** Reads now. */
	readonly again: () => Promise<void>;
}

/**
 * Reads now, and again every `everyMs` while the page is seen.
 * @param key names what is read: another key reads another thing
 * @param everyMs null reads once
 */
export function useReading<Data>(
	key: string,
	everyMs: number | null,
	read: (signal: AbortSignal) => Promise<Data>,
): Reading<Data> {
	const [state, setState] = useState<{ key: string; data: Data | null; failure: unknown }>({
		...{ key, data: null, failure: null },
	});
	const latest = useRef(read);
	latest.current = read;
	const stop = useRef(new AbortController());
	const again = useCallback(async () => {
		const { signal } = stop.current;
		try {
			const data = await latest.current(signal);
			if (!signal.aborted) setState({ key, data, failure: null });
		} catch (failure) {
			if (!signal.aborted) setState((before) => ({ key, data: before.key === key ? before.data : null, failure }));
		}
	}, [key]);
	useEffect(() => {
		stop.current = new AbortController();
		const controller = stop.current;
		void again();
		const timer =
			everyMs === null
				? undefined
				: setInterval(() => {
						if (document.visibilityState === "visible") void again();
					}, everyMs);
		return () => {
			controller.abort();
			clearInterval(timer);
		};
	}, [again, everyMs]);
	return { data: state.key === key ? state.data : null, failure: state.key === key ? state.failure : null, again };
}
