/** How a clock that runs out is written and spoken. Pure. */

/** `"9:05"`, `"1:02:03"`, `"2 d 3:04:05"`. Rounded up, so that `0:00` is shown only when the time is over. */
export function clockText(leftMs: number): string {
	const total = Math.max(0, Math.ceil(leftMs / 1000));
	const days = Math.floor(total / 86_400);
	const hours = Math.floor((total % 86_400) / 3_600);
	const minutes = Math.floor((total % 3_600) / 60);
	const two = (value: number) => String(value).padStart(2, "0");
	const seconds = two(total % 60);
	if (days > 0) return `${days} d ${hours}:${two(minutes)}:${seconds}`;
	return hours > 0 ? `${hours}:${two(minutes)}:${seconds}` : `${minutes}:${seconds}`;
}

/** Seconds before the end at which a screen reader is told, beside every whole minute: each second would be noise. */
const SPOKEN_AT = [60, 30, 10];
/** From here on the clock is shown as a warning. WCAG 2.2.1 asks for at least 20 seconds. */
export const WARNING_MS = 60_000;

/**
 * What to say when the time left goes from one value to the next; null for silence.
 * @param beforeMs what was left when it was asked last
 */
export function spokenAt(beforeMs: number, leftMs: number): string | null {
	const before = Math.ceil(beforeMs / 1000);
	const left = Math.ceil(leftMs / 1000);
	if (left >= before || left < 0) return null;
	if (left === 0) return spoken(0);
	const marks = [...SPOKEN_AT, Math.floor((before - 1) / 60) * 60];
	const passed = marks.filter((mark) => mark > 0 && before > mark && left <= mark);
	return passed.length === 0 ? null : spoken(left);
}

function spoken(seconds: number): string {
	if (seconds >= 120) return `${Math.round(seconds / 60)} minutes left`;
	if (seconds > 60) return `1 minute ${seconds - 60} seconds left`;
	if (seconds === 60) return "1 minute left";
	return seconds === 0 ? "Time is up" : `${seconds} seconds left`;
}
