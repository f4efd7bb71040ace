/** Names the object of a webhook endpoint and calls it. */
import { callObject } from "../platform/durable-object.ts";
import { sha256Hex } from "../platform/hash.ts";
import { objectStub, type Placement } from "../platform/object-stub.ts";
import { laterTypeOf, nameOf, type WebhookEvent } from "./event.ts";
import type { NamedEvent, WebhookRpc } from "./rpc.ts";

export type WebhookEnv = Placement & Pick<Env, "WEBHOOKS">;

/** @throws ObjectUnavailable when the object is overloaded or cannot be reached */
export function callEndpoint<R>(env: WebhookEnv, id: string, call: (object: WebhookRpc) => Promise<R>): Promise<R> {
	return callObject(() => objectStub(env, env.WEBHOOKS, id), call);
}

/** The same key names the same object, so a repeated request finds the endpoint that it has made. */
export async function endpointIdOf(key: string): Promise<string> {
	return `wh_${(await sha256Hex(`webhook\n${key}`)).slice(0, 32)}`;
}

const messageIdOf = async (name: string): Promise<string> => `msg_${(await sha256Hex(name)).slice(0, 32)}`;

/** The event with its `webhook-id`: the same event has the same one, however often it is told. */
export async function named(event: WebhookEvent): Promise<NamedEvent> {
	const type = laterTypeOf(event.type);
	const later = type && { type, id: await messageIdOf(nameOf({ ...event, type })) };
	return { ...event, id: await messageIdOf(nameOf(event)), later };
}
