/**
 * A batch of reservations as it travels over RPC: as columns. Copying an array of objects from isolate to isolate
 * writes and reads the names of the members for each of them, which here takes several times as long as the members
 * themselves.
 *
 * Batches are gathered in `edge/call-batcher.ts`.
 */
import { lateObject } from "../platform/errors.ts";
import type {
	Granted,
	PackedRequests,
	PackedResults,
	ReservationSnapshot,
	Reserved,
	ReserveRequest,
	ReserveResult,
	TooLate,
	UnknownSku,
} from "./rpc.ts";

/**
 * Sends these requests in one call.
 * @param untilMs until when their callers wait for an answer: what reaches the object later is not decided. Without it
 * they wait for ever
 * @returns as many results as requests, in their order
 * @throws ObjectUnavailable when it was too late
 */
export async function reserveMany(
	object: { reserveMany(requests: PackedRequests): Promise<PackedResults | TooLate | UnknownSku> },
	requests: readonly ReserveRequest[],
	untilMs?: number,
): Promise<ReserveResult[] | UnknownSku> {
	const results = await object.reserveMany({
		...packRequests(requests),
		...(untilMs === undefined ? {} : { untilMs }),
	});
	if ("kind" in results && results.kind === "unknown-sku") return results;
	return unpackResults(results) as ReserveResult[];
}

export function packRequests(requests: readonly ReserveRequest[]): PackedRequests {
	return {
		shopperId: requests.map((request) => request.shopperId),
		quantity: requests.map((request) => request.quantity),
		wait: requests.map((request) => request.wait),
		ifMatch: requests.map((request) => request.ifMatch),
		...(requests.some(({ notify }) => notify !== undefined) ? { notify: requests.map(({ notify }) => notify) } : {}),
	};
}

export function unpackRequests({ shopperId, quantity, wait, ifMatch, notify }: PackedRequests): ReserveRequest[] {
	return shopperId.map((shopperId, i) => ({
		shopperId,
		quantity: quantity[i] as number,
		wait: wait[i] as boolean,
		ifMatch: ifMatch[i] as ReserveRequest["ifMatch"],
		notify: notify?.[i],
	}));
}

export function packResults(results: readonly Reserved[]): PackedResults {
	const granted = results.filter((result): result is Granted => "reservation" in result);
	return {
		grants: {
			kind: granted.map(({ kind }) => kind),
			created: granted.map(({ created }) => created),
			id: granted.map(({ reservation }) => reservation.id),
			quantity: granted.map(({ reservation }) => reservation.quantity),
			status: granted.map(({ reservation }) => reservation.status),
			expiresAtMs: granted.map(({ reservation }) => reservation.expiresAtMs),
			version: granted.map(({ reservation }) => reservation.version),
			position: granted.map(({ reservation }) => reservation.position),
			extensionsLeft: granted.map(({ reservation }) => reservation.extensionsLeft),
			freed: granted.map(({ freed }) => freed ?? 0),
			notify: granted.map(({ reservation }) => reservation.notify ?? false),
		},
		refusals: results.map((result) => ("reservation" in result ? null : result)),
	};
}

/** @throws ObjectUnavailable when it was too late for all of them */
export function unpackResults(packed: PackedResults | TooLate): Reserved[] {
	if ("kind" in packed) throw lateObject();
	const { grants, refusals } = packed;
	let next = 0;
	return refusals.map((refusal) => refusal ?? unpackGrant(grants, next++));
}

function unpackGrant(grants: PackedResults["grants"], i: number): Granted {
	return {
		kind: grants.kind[i] as Granted["kind"],
		created: grants.created[i] as boolean,
		freed: grants.freed?.[i] ?? 0,
		reservation: {
			id: grants.id[i] as string,
			quantity: grants.quantity[i] as number,
			status: grants.status[i] as ReservationSnapshot["status"],
			expiresAtMs: grants.expiresAtMs[i] as number | null,
			version: grants.version[i] as number,
			position: grants.position[i] as number | null,
			extensionsLeft: grants.extensionsLeft[i] as number,
			notify: grants.notify?.[i] ?? false,
		},
	};
}
