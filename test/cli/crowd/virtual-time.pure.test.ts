import { expect, it } from "vitest";
import { VirtualTime } from "../../../src/cli/crowd/virtual-time.ts";

const START_MS = Date.UTC(2026, 11, 12);
const timeFrom = () => new VirtualTime(START_MS, () => 0.5);

it("does what is planned in the order of its times, and of one time in the order in which it was planned", async () => {
	const time = timeFrom();
	const seen: string[] = [];
	time.at(20, () => seen.push(`c ${time.nowMs}`));
	time.at(10, () => {
		seen.push(`a ${time.nowMs}`);
		time.after(5, () => seen.push(`b ${time.nowMs}`));
	});
	time.at(20, () => seen.push(`d ${time.nowMs}`));
	await time.run();
	expect(seen).toEqual(["a 10", "b 15", "c 20", "d 20"]);
});

it("shows its own clock to code that asks for the time, waits or draws", async () => {
	const time = timeFrom();
	const seen: number[] = [];
	time.at(1.5, () => {
		setTimeout(() => seen.push(Date.now() - START_MS, Math.random()), 3_000);
		void scheduler.wait(100).then(() => seen.push(Date.now() - START_MS));
	});
	await time.run();
	expect(seen).toEqual([101, 3001, 0.5]);
});

it("follows promises to their ends before the next event", async () => {
	const time = timeFrom();
	const seen: string[] = [];
	time.at(1, () => {
		void (async () => {
			for (let step = 0; step < 50; step++) await null;
			seen.push("the promise");
		})();
	});
	time.at(1, () => seen.push("the next event"));
	await time.run();
	expect(seen).toEqual(["the promise", "the next event"]);
});

it.each([1, 5_000])("forgets a timer of %i ms that was cleared, and no other", async (ms) => {
	const time = timeFrom();
	const seen: string[] = [];
	time.at(1, () => {
		const timers = ["first", "second", "third"].map((name) => setTimeout(() => seen.push(name), ms));
		clearTimeout(timers[0]);
		clearTimeout(timers[2]);
	});
	await time.run();
	expect(seen).toEqual(["second"]);
});

it("sorts deadlines of several lengths among everything else", async () => {
	const time = timeFrom();
	const seen: number[] = [];
	const note = () => seen.push(time.nowMs);
	for (let at = 0; at < 100; at++) {
		time.at(at * 37, () => {
			setTimeout(note, 10_000);
			setTimeout(note, 2_000);
			time.after(7, note);
		});
	}
	await time.run();
	expect(seen).toHaveLength(300);
	expect(seen).toEqual(seen.toSorted((one, other) => one - other));
});

it("ends with the error of what fails, and gives the clock back", async () => {
	const { now } = Date;
	const time = timeFrom();
	time.at(1, () => time.fail(new Error("broken")));
	time.at(2, () => expect.unreachable());
	await expect(time.run()).rejects.toThrow("broken");
	expect(Date.now).toBe(now);
});
