/** An object, or the way to it, cannot serve just now; the same request may succeed later. */
export class ObjectUnavailable extends Error {
	override readonly name = "ObjectUnavailable";
}
