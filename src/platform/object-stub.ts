/**
 * Finds an object by its name, where the deployment wants its objects to be: in a jurisdiction, which is a promise of the
 * platform, and near a place, which is a hint. https://developers.cloudflare.com/durable-objects/reference/data-location/
 *
 * The same name in another jurisdiction is another object, and knows nothing of the first.
 */
export interface Placement {
	/** Empty or absent for none. It cannot be kept on a laptop: workerd has none, and throws. */
	readonly JURISDICTION?: string;
	readonly ENVIRONMENT: string;
}

/** @param hint where it is made if this is its first call; "" for near the caller */
export function objectStub<T extends Rpc.DurableObjectBranded | undefined>(
	{ JURISDICTION, ENVIRONMENT }: Placement,
	namespace: DurableObjectNamespace<T>,
	name: string,
	hint = "",
): DurableObjectStub<T> {
	const within =
		JURISDICTION && ENVIRONMENT !== "local"
			? namespace.jurisdiction(JURISDICTION as DurableObjectJurisdiction)
			: namespace;
	return within.getByName(name, hint === "" ? undefined : { locationHint: hint as DurableObjectLocationHint });
}
