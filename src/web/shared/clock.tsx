/** A clock that runs out: shown each second, spoken now and then, and at its end the shop is asked. */
import { useSignalEffect } from "@preact/signals";
import { useRef, useState } from "preact/hooks";
import { clockText, spokenAt, WARNING_MS } from "./countdown.ts";
import { nowMs } from "./ticker.ts";

export interface ClockProps {
	readonly label: string;
	readonly endsAt: string;
	/** Called once when the time is over. It asks the shop: the clock decides nothing. */
	readonly onEnd?: () => void;
}

export function Clock({ label, endsAt, onEnd }: ClockProps) {
	const [said, say] = useState("");
	const leftMs = Math.max(0, Date.parse(endsAt) - nowMs.value);
	const last = useRef({ endsAt, leftMs, hasEnded: false });
	useSignalEffect(() => {
		const left = Math.max(0, Date.parse(endsAt) - nowMs.value);
		if (last.current.endsAt !== endsAt) last.current = { endsAt, leftMs: left, hasEnded: false };
		const text = spokenAt(last.current.leftMs, left);
		last.current.leftMs = left;
		if (text !== null) say(text);
		if (left === 0 && !last.current.hasEnded) {
			last.current.hasEnded = true;
			onEnd?.();
		}
	});
	return (
		<p class={`clock${leftMs <= WARNING_MS ? " warning" : ""}`}>
			<span class="clock-label">{label}</span> <time class="clock-time numbers">{clockText(leftMs)}</time>
			<span class="visually-hidden" role="status">
				{said}
			</span>
		</p>
	);
}
