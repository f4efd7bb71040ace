/**
 * HTTP/1.1 over bare sockets, only as much as one answer at a time needs: requests are prepared text, and only the
 * status and the end of an answer are read. Node's own client would be slower than the server under test.
 */
import { connect, type Socket } from "node:net";

const HEAD_END = "\r\n\r\n";
const FIRST_HEAD_BYTES = 2048;

export interface Connection {
	/** @param done called with the status of the answer to this request */
	send(request: string, done: (status: number) => void): void;
	close(): void;
}

/** @param failed called when the connection breaks or the answer cannot be parsed */
export function open(port: number, failed: (error: Error) => void): Promise<Connection> {
	return new Promise((ready, refuse) => {
		const socket = connect({ port, host: "127.0.0.1", noDelay: true });
		socket.once("error", refuse);
		socket.once("connect", () => {
			socket.off("error", refuse);
			ready(connectionOver(socket, failed));
		});
	});
}

function connectionOver(socket: Socket, failed: (error: Error) => void): Connection {
	let done: ((status: number) => void) | null = null;
	let kept: Buffer | null = null;
	let closed = false;
	const fail = (error: Error) => {
		if (!closed) failed(error);
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
		const onAnswer = done;
		done = null;
		if (status === 0 || onAnswer === null) fail(new Error(`cannot parse: ${bytes.toString("latin1").slice(0, 300)}`));
		else onAnswer(status);
	});
	return {
		send(request, onAnswer) {
			done = onAnswer;
			socket.write(request, "latin1");
		},
		close() {
			closed = true;
			socket.destroy();
		},
	};
}

/** @returns the status of a complete answer, null while more is to come, 0 when it cannot be parsed */
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
