/**
 * The death of an object in one of its awaits, which `await-points.ts` has marked: while what it waits for is under way,
 * or when that is done and the object has not gone on.
 */
export type DeathInAwait = "during" | "after";

/** An object as its await sees it. */
export interface Waiting {
	readonly ctx: DurableObjectState;
}

/** @returns how the object dies in this await; null when it lives on */
type Decide = (point: string, object: Waiting) => DeathInAwait | null;

const global = globalThis as unknown as {
	atAwait?: (point: string, object: Waiting, awaited: unknown) => unknown;
	awaitPoints?: readonly string[];
};

/** Every await of the objects, as `SKU reserveMany 1`. */
export const awaitPoints = (): readonly string[] => [...new Set(global.awaitPoints ?? [])];

/** From now on this is asked at every await of every object. @param die kills the object */
export function watchAwaits(decide: Decide, die: (point: string, object: Waiting) => void): void {
	const never = new Promise<never>(() => {});
	global.atAwait = (point, object, awaited) => {
		const death = decide(point, object);
		if (death === null) return awaited;
		if (death === "after" && awaited instanceof Promise) {
			const dieNow = () => {
				die(point, object);
				return never;
			};
			return awaited.then(dieNow, dieNow);
		}
		die(point, object);
		return never;
	};
}
