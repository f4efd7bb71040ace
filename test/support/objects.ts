/** Which objects there are. Others of the same class come and go meanwhile, by the queue and by alarms: none is counted. */
import { listDurableObjectIds } from "cloudflare:test";

/** Those of these names that were ever called: an object is listed from its first call on, though it stores nothing. */
export async function madeOf(namespace: DurableObjectNamespace, names: readonly string[]): Promise<string[]> {
	const ids = new Set((await listDurableObjectIds(namespace)).map(String));
	return names.filter((name) => ids.has(String(namespace.idFromName(name))));
}
