/**
 * Reservations that travel together, in the form in which they travel: as columns. Copying an object from isolate to isolate
 * writes and reads the name of each of its members, which here takes several times as long as the members themselves.
 *
 * Not here: who lets them travel together (`lane.ts`), who decides (`sku.ts`).
 */
import type {
	Granted,
	PackedRequests,
	PackedResults,
	ReservationSnapshot,
	ReserveRequest,
	ReserveResult,
	UnknownSku,
} from "./rpc.ts";

/** Asks an object for all of these at once. @returns as many answers as requests, in their order */
export async function reserveMany(
	object: { reserveMany(requests: PackedRequests): Promise<PackedResults | UnknownSku> },
	requests: readonly ReserveRequest[],
): Promise<ReserveResult[] | UnknownSku> {
	const results = await object.reserveMany({
		shopperId: requests.map((request) => request.shopperId),
		quantity: requests.map((request) => request.quantity),
		wait: requests.map((request) => request.wait),
		ifMatch: requests.map((request) => request.ifMatch),
	});
	return "kind" in results ? results : unpackResults(results);
}

export function unpackRequests({ shopperId, quantity, wait, ifMatch }: PackedRequests): ReserveRequest[] {
	return shopperId.map((shopperId, i) => ({
		shopperId,
		quantity: quantity[i] as number,
		wait: wait[i] as boolean,
		ifMatch: ifMatch[i] as ReserveRequest["ifMatch"],
	}));
}

export function packResults(results: readonly ReserveResult[]): PackedResults {
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
		},
		refusals: results.map((result) => ("reservation" in result ? null : result)),
	};
}

function unpackResults({ grants, refusals }: PackedResults): ReserveResult[] {
	let next = 0;
	return refusals.map((refusal) => refusal ?? unpackGrant(grants, next++));
}

function unpackGrant(grants: PackedResults["grants"], i: number): Granted {
	return {
		kind: grants.kind[i] as Granted["kind"],
		created: grants.created[i] as boolean,
		reservation: {
			id: grants.id[i] as string,
			quantity: grants.quantity[i] as number,
			status: grants.status[i] as ReservationSnapshot["status"],
			expiresAtMs: grants.expiresAtMs[i] as number | null,
			version: grants.version[i] as number,
			position: grants.position[i] as number | null,
			extensionsLeft: grants.extensionsLeft[i] as number,
		},
	};
}
