/** A watcher of a SKU: what its socket, if it got one, has told so far. */

type Own = { readonly status: string; readonly position: number | null; readonly extensionsLeft: number } | null;

export class Watch {
	readonly available: number[] = [];
	readonly statuses: string[] = [];
	readonly own: Own[] = [];
	closeCode: number | null = null;
	readonly status: number;
	readonly socket: WebSocket | null;

	constructor({ status, webSocket }: Response) {
		this.status = status;
		this.socket = webSocket;
		this.socket?.addEventListener("message", ({ data }) => {
			const message = JSON.parse(data as string);
			if (message.type === "reservation") this.own.push(message.reservation);
			else {
				this.available.push(message.availability.available);
				this.statuses.push(message.availability.status);
			}
		});
		this.socket?.addEventListener("close", ({ code }) => {
			this.closeCode = code;
		});
		this.socket?.accept();
	}

	get positions(): (number | null | undefined)[] {
		return this.own.map((reservation) => reservation?.position);
	}

	get seen() {
		return { available: this.available, statuses: this.statuses, own: this.own, closeCode: this.closeCode };
	}
}
