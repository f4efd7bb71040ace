/**
 * A second opinion on small histories: tries every order of everything that may have happened, every end of every hold
 * included. It shares no code with the checker, and states the rules in its own way: each operation as one or two steps
 * on a plain record.
 */
import type { Answer, History, Operation } from "../../../../src/cli/race/history.ts";

interface State {
	free: number;
	sold: number;
	hold: Record<string, { units: number; from: number; by: number }>;
	waits: Record<string, number>;
	owed: Record<string, number>;
	/** Had units and let them go. */
	lost: Record<string, boolean>;
	/** Bought in the current purchase. */
	bought: Record<string, number>;
	last: Record<string, number>;
}
interface Step {
	readonly from: number;
	readonly by: number;
	/** Changes the state and returns true, or returns false when it cannot be now. */
	readonly run: (state: State, done: ReadonlySet<Step>) => boolean;
}

const sum = (of: Record<string, number>) => Object.values(of).reduce((total, units) => total + units, 0);

export function isPossible(history: History): boolean {
	const steps = stepsOf(history);
	const seen = new Set<string>();
	const search = (state: State, done: ReadonlySet<Step>, now: number): boolean => {
		const open = steps.filter((step) => !done.has(step));
		// Nobody may run out of time, neither a step nor a hold.
		if (open.some(({ by }) => by < now)) return false;
		if (Object.values(state.hold).some(({ by }) => by < now)) return false;
		if (open.every(({ by }) => by === Number.POSITIVE_INFINITY)) return true;
		const key = `${now} ${open.map((step) => steps.indexOf(step))} ${JSON.stringify(state)}`;
		if (seen.has(key)) return false;
		seen.add(key);
		for (const step of open) {
			const next = structuredClone(state);
			if (step.run(next, done) && search(next, new Set([...done, step]), Math.max(now, step.from))) return true;
		}
		for (const [buyer, { units, from }] of Object.entries(state.hold)) {
			const next = structuredClone(state);
			delete next.hold[buyer];
			next.free += units;
			next.lost[buyer] = true;
			if (search(next, done, Math.max(now, from))) return true;
		}
		return false;
	};
	const start = { free: 0, sold: 0, hold: {}, waits: {}, owed: {}, lost: {}, bought: {}, last: {} };
	return search(start, new Set(), Number.NEGATIVE_INFINITY);
}

function stepsOf({ operations, promises }: History): Step[] {
	const { staleMs, clockMs, graceMs } = promises;
	const steps: Step[] = [];
	const root = (operation: Operation): Operation =>
		operation.repeats === null ? operation : root(operations.find(({ id }) => id === operation.repeats) as Operation);
	const hasHeard = (request: string, kind: string) =>
		operations.some((operation) => operation.request.kind === request && operation.answer?.kind === kind);
	const isUnknown = ({ request, answer }: Operation) =>
		answer === null ||
		answer.kind === "failed" ||
		answer.kind === "pending" ||
		(request.kind === "pay" && ["held", "carted", "waiting"].includes(answer.kind));
	const add = (from: number, by: number, run: Step["run"]): Step => {
		const step = { from, by, run };
		steps.push(step);
		return step;
	};
	const isShort = (state: State, units: number, buyer: string) =>
		state.free < units ||
		[state.waits, state.owed].some((others) => Object.keys(others).some((other) => other !== buyer));

	const takeHold = (buyer: string, units: number, from: number, by: number) => (state: State) => {
		const free = state.free + (state.hold[buyer]?.units ?? 0) - units;
		if (free < 0) return false;
		state.free = free;
		state.hold[buyer] = { units, from, by };
		delete state.bought[buyer];
		delete state.waits[buyer];
		return true;
	};
	const begin = (buyer: string) => (state: State) => {
		delete state.bought[buyer];
		return true;
	};
	const wait = (buyer: string, units: number) => (state: State) => {
		state.waits[buyer] = units;
		return true;
	};
	const sell = (buyer: string, units: number) => (state: State) => {
		if (state.bought[buyer]) return true;
		const free = state.free + (state.hold[buyer]?.units ?? 0) - units;
		if (free < 0) return false;
		state.free = free;
		state.sold += units;
		delete state.hold[buyer];
		delete state.waits[buyer];
		state.bought[buyer] = units;
		state.last[buyer] = units;
		return true;
	};
	const letGo = (buyer: string) => (state: State) => {
		const hold = state.hold[buyer];
		if (hold) state.lost[buyer] = true;
		state.free += hold?.units ?? 0;
		delete state.hold[buyer];
		delete state.waits[buyer];
		return true;
	};
	const owe = (buyer: string, units: number, from: number, by: number) => {
		add(from, by, (state) => {
			state.owed[buyer] = units;
			return true;
		});
		add(from, Number.POSITIVE_INFINITY, (state) => {
			const due = state.owed[buyer] ?? 0;
			if (due === 0 || due > state.free) return false;
			delete state.owed[buyer];
			state.free -= due;
			state.sold += due;
			state.bought[buyer] = due;
			state.last[buyer] = due;
			return true;
		});
	};

	/** The last moment at which the hold that this operation got may be there. */
	const endOfHold = (operation: Operation): number => {
		const { answer, actor, request } = operation;
		if (answer?.kind !== "held") return Number.NEGATIVE_INFINITY;
		let by = Math.max(answer.untilMs + graceMs + clockMs, operation.endedAtMs);
		if (request.kind === "check-out")
			for (const other of operations)
				if (other.id < operation.id && other.actor === actor && other.request.kind === "reserve")
					by = Math.max(by, endOfHold(other));
		for (let before = Number.NaN; before !== by; ) {
			before = by;
			for (const payment of operations) {
				if (payment.actor !== actor || payment.request.kind !== "pay" || payment.calledAtMs > by) continue;
				const told = operations.filter((other) => root(other) === root(payment) && !isUnknown(other));
				by = Math.max(by, Math.min(Number.POSITIVE_INFINITY, ...told.map(({ endedAtMs }) => endedAtMs)));
			}
		}
		return by;
	};

	for (const first of operations.filter(({ repeats }) => repeats === null)) {
		const intent = operations.filter((operation) => root(operation) === first);
		const { actor, request } = first;
		const byEnd = intent.toSorted((one, other) => one.endedAtMs - other.endedAtMs || one.id - other.id);
		const unknown = intent.filter(isUnknown);
		const answered = (...wanted: Answer["kind"][]) =>
			byEnd.filter(({ answer }) => answer !== null && wanted.includes(answer.kind));
		const earliest = (...of: (readonly Operation[])[]) => Math.min(...of.flat().map(({ calledAtMs }) => calledAtMs));

		if (request.kind === "restock" || request.kind === "release") {
			const done = answered(request.kind === "restock" ? "restocked" : "released");
			const [told] = done;
			const run =
				request.kind === "release"
					? letGo(actor)
					: (state: State) => {
							state.free += request.units;
							return true;
						};
			const all = [...unknown, ...done];
			if (all.length > 0) add(earliest(all), told?.endedAtMs ?? Number.POSITIVE_INFINITY, run);
		}

		if (request.kind === "reserve" || request.kind === "check-out") {
			const claims = answered("held", "carted", "waiting", "sold", "owed");
			for (const operation of intent) {
				const { answer } = operation;
				const from = operation === claims[0] ? earliest(unknown, [operation]) : operation.calledAtMs;
				const by = operation.endedAtMs;
				if (answer?.kind === "held")
					add(from, by, takeHold(actor, answer.units, answer.untilMs - clockMs, endOfHold(operation)));
				if (answer?.kind === "carted") add(from, by, begin(actor));
				if (answer?.kind === "waiting") {
					add(from, by, wait(actor, answer.units));
					add(operation.calledAtMs - staleMs, by, (state) => isShort(state, answer.units, actor));
				}
				if (answer?.kind === "sold") add(from, by, sell(actor, answer.units));
				if (answer?.kind === "owed") owe(actor, answer.units, from, by);
				if (answer?.kind === "charged-for-nothing")
					add(operation.calledAtMs, by, (s) => !s.hold[actor] && s.lost[actor] === true && !s.bought[actor]);
				if (answer?.kind === "refused") {
					add(operation.calledAtMs - staleMs, by, (state) => isShort(state, request.units, actor));
					const memory = request.kind === "reserve" ? staleMs : 0;
					add(operation.calledAtMs - memory, by, (state) => (state.hold[actor]?.units ?? 0) < request.units);
				}
			}
			if (claims.length === 0 && unknown.length > 0) {
				const ever = Number.POSITIVE_INFINITY;
				const isCart = hasHeard(request.kind, "carted") && !hasHeard(request.kind, "held");
				if (!isCart) add(earliest(unknown), ever, takeHold(actor, request.units, -ever, ever));
				else add(earliest(unknown), ever, begin(actor));
				if ("waits" in request && request.waits) add(earliest(unknown), ever, wait(actor, request.units));
			}
		}

		if (request.kind === "pay") {
			const decided = answered("sold", "owed", "charged-for-nothing");
			const [decision] = decided;
			const words = new Set(decided.map(({ answer }) => JSON.stringify(answer)));
			if (words.size > 1) add(0, 0, () => false);
			let sale: Step | null = null;
			const from = earliest(unknown, decided);
			const by = decision?.endedAtMs ?? Number.POSITIVE_INFINITY;
			const { answer = null } = decision ?? {};
			if (answer?.kind === "sold") sale = add(from, by, sell(actor, answer.units));
			if (answer?.kind === "owed") owe(actor, answer.units, from, by);
			if (answer?.kind === "charged-for-nothing")
				add(from, by, (s) => !s.hold[actor] && s.lost[actor] === true && !s.bought[actor]);
			if (answer === null && unknown.length > 0 && request.approves) sale = add(from, by, sell(actor, request.units));
			for (const { calledAtMs, endedAtMs } of request.approves ? answered("refused", "none", "declined") : []) {
				add(calledAtMs, endedAtMs, (state, done) => {
					if (sale !== null && done.has(sale)) return false;
					return (state.hold[actor]?.units ?? 0) < request.units;
				});
				add(
					calledAtMs - staleMs,
					endedAtMs,
					(s) => s.lost[actor] === true || !!s.bought[actor] || isShort(s, request.units, actor),
				);
			}
		}

		for (const { calledAtMs, endedAtMs, answer } of intent) {
			const isTold = answer !== null && answer.kind !== "failed" && answer.kind !== "pending";
			if (request.kind === "read-order" && isTold)
				add(calledAtMs, endedAtMs, (state) => {
					if (answer.kind === "sold") return state.last[actor] === answer.units;
					if (answer.kind === "charged-for-nothing" && !state.lost[actor]) return false;
					return !state.bought[actor];
				});
			if (request.kind === "read-stock" && answer?.kind === "stock") {
				add(calledAtMs - staleMs, endedAtMs, (state) => {
					const standing = sum(state.waits) + sum(state.owed);
					return answer.available <= state.free && answer.available >= state.free - standing;
				});
				if (answer.sold !== null)
					add(calledAtMs - staleMs, endedAtMs, (state) => {
						const count = answer.sold as number;
						return count >= state.sold && count <= state.sold + sum(state.owed);
					});
			}
		}
	}
	return steps;
}
