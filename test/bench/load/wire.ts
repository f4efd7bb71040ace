/**
 * HTTP/1.1 over bare sockets, as little of it as one answer at a time needs: requests are ready-made text, and of an
 * answer only its status and its end are looked at. Node's own client would be slower than the server under test.
 */
import { connect, type Socket } from "node:net";

const HEAD_END = "\r\n\r\n";
const FIRST_HEAD_BYTES = 2048;

export interface Connection {
	/** @param done hears the status of the answer to this request */
	send(request: string, done: (status: number) => void): void;
	close(): void;
}

/** @param failed hears of a connection that broke or spoke what we do not understand */
export function open(port: number, failed: (fault: Error) => void): Promise<Connection> {
	return new Promise((ready, refuse) => {
		const socket = connect({ port, host: "127.0.0.1", noDelay: true });
		socket.once("error", refuse);
		socket.once("connect", () => {
			socket.off("error", refuse);
			ready(speak(socket, failed));
		});
	});
}

function speak(socket: Socket, failed: (fault: Error) => void): Connection {
	let done: ((status: number) => void) | null = null;
	let kept: Buffer | null = null;
	let closed = false;
	const fail = (fault: Error) => {
		if (!closed) failed(fault);
	};
	socket.on("error", fail);
	socket.on("close", () => fail(new Error("the server closed a connection")));
	socket.on("data", (chunk: Buffer) => {
		const bytes: Buffer = kept === null ? chunk : Buffer.concat([kept, chunk]);
		const status = statusWhenWhole(bytes);
		if (status === null) {
			kept = bytes;
			return;
		}
		kept = null;
		const tell = done;
		done = null;
		if (status === 0 || tell === null) fail(new Error(`not understood: ${bytes.toString("latin1").slice(0, 300)}`));
		else tell(status);
	});
	return {
		send(request, hear) {
			done = hear;
			socket.write(request, "latin1");
		},
		close() {
			closed = true;
			socket.destroy();
		},
	};
}

/** The status of an answer that is all there; null while more is to come; 0 for what is no answer of the kind we read. */
export function statusWhenWhole(bytes: Buffer): number | null {
	const text = bytes.toString("latin1", 0, Math.min(bytes.length, FIRST_HEAD_BYTES));
	const headEnd = text.indexOf(HEAD_END);
	if (headEnd === -1) return bytes.length < FIRST_HEAD_BYTES ? null : 0;
	const at = text.search(/\r\ncontent-length: /i);
	if (at === -1 || at > headEnd) return 0;
	const length = Number.parseInt(text.slice(at + 18, at + 28), 10);
	const whole = headEnd + HEAD_END.length + length;
	if (bytes.length < whole) return null;
	return bytes.length === whole ? Number.parseInt(text.slice(9, 12), 10) : 0;
}
