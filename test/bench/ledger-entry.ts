/** An entry of the ledger, as the Worker under test says it (`worker/ledger.ts`). */
export interface Entry {
	readonly kind: "request" | "call" | "commit" | "alarm" | "message";
	/** The class of the object; "Worker" for a request, "queue" for a message. */
	readonly of: string;
	/** The method, the address, or when the alarm is to ring. */
	readonly what: string;
	/** Rows that the commit wrote, as they are billed: `counted.ts`. */
	readonly rows: number;
}
