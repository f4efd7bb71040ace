/**
 * Invalid request bodies, each made from a valid one by a change in one place.
 *
 * A route's table has only what is particular to that route; what is invalid everywhere is here.
 */
import fc from "fast-check";

export type Json = null | boolean | number | string | readonly Json[] | { readonly [member: string]: Json };

/** A member of a body, and which values it must refuse in addition to those of another type. */
export interface Member {
	readonly path: readonly (string | number)[];
	readonly type: "integer" | "string" | "boolean" | "object" | "array";
	readonly required?: boolean;
	readonly nullable?: boolean;
	/** Values of the right type that are invalid. */
	readonly wrong?: readonly Json[];
}

const OF_EACH_TYPE: Readonly<Record<Member["type"], readonly Json[]>> = {
	integer: [0.5, 1, -1],
	string: ["", "NaN", "1", "true"],
	boolean: [true, false],
	object: [{}, { length: 1 }, { "0": 1 }],
	array: [[], [1], [[]]],
};

/** Numbers that cannot be a quantity, whatever its bounds. */
export const NOT_COUNTS: readonly Json[] = [0.5, 1.0000001, -0.1, 1e308, -1e308, 2 ** 53, -(2 ** 53), 2 ** 63, 5e-324];

/** `body` with the member at `path` set to `value`, or without it. */
export function withMember(body: Json, path: Member["path"], value: Json | undefined): Json {
	const [first, ...rest] = path;
	if (first === undefined) return value ?? null;
	if (Array.isArray(body)) return body.with(first as number, withMember(body[first as number], rest, value)) as Json;
	const object = body as { readonly [member: string]: Json };
	if (rest.length > 0) return { ...object, [first]: withMember(object[first] ?? {}, rest, value) };
	const { [first]: _, ...others } = object;
	return value === undefined ? others : { ...others, [first]: value };
}

/** `body` with each invalid value of this member: the text to send, and a description for the test title. */
export function invalidVariants(body: Json, member: Member): { readonly text: string; readonly what: string }[] {
	const { path, type, nullable = false, required = false, wrong = [] } = member;
	const others = (Object.keys(OF_EACH_TYPE) as Member["type"][]).filter((other) => other !== type);
	const values = [
		...others.flatMap((other) => OF_EACH_TYPE[other]),
		...(type === "integer" ? NOT_COUNTS : []),
		...(nullable ? [] : [null]),
		...wrong,
	];
	const name = path.join(".");
	const variants = values.map((value) => ({
		text: JSON.stringify(withMember(body, path, value)),
		what: `${name}: ${JSON.stringify(value).slice(0, 40)}`,
	}));
	// JSON text can have numbers that JSON.stringify never writes.
	const unwritable = type === "integer" ? ["1e400", "-1e400", "9".repeat(400)] : [];
	const MARK = '"@"';
	for (const number of unwritable) {
		const text = JSON.stringify(withMember(body, path, "@")).replace(MARK, number);
		variants.push({ text, what: `${name}: ${number.slice(0, 20)}` });
	}
	if (required) variants.push({ text: JSON.stringify(withMember(body, path, undefined)), what: `${name}: missing` });
	return variants;
}

const nested = (depth: number, open: string, close: string) => open.repeat(depth) + close.repeat(depth);

/** Texts that are not JSON, or not a JSON object. */
export const NOT_OBJECTS: readonly string[] = [
	...["", " ", "\0", "{", "}", "[", '"', "'", "nul", "NaN", "undefined", "Infinity", "-", "+1", ".5", "01", "0x10"],
	...["{'quantity':1}", "{quantity:1}", '{"quantity":1,}', '{"quantity":1}{}', '{"quantity":1}//', "/**/{}"],
	...["<quantity>1</quantity>", "quantity=1", "\ud800", '{"a":"\u0001"}', '{"a":"\\x41"}', '{"a":"\\u12"}'],
	...["null", "true", "0", "1", '"text"', "[]", "[{}]", "1e999"],
	...[nested(5_000, "[", "]"), nested(5_000, '{"a":', "}"), "[".repeat(20_000), '{"a":'.repeat(5_000)],
];

/** `body` with each of several unknown members in the object at `path`. */
export function withUnknownMembers(
	body: Json,
	path: Member["path"] = [],
): { readonly text: string; readonly what: string }[] {
	const names = ["unknown", "Quantity", "quantity ", "", "0", "constructor", "__proto__", "toString", "$ref", "admin"];
	return names.map((name) => {
		const at = withMember(body, [...path, "@"], "@");
		return {
			text: JSON.stringify(at).replace('"@":"@"', `${JSON.stringify(name)}:{"admin":true}`),
			what: `with ${JSON.stringify(name)}`,
		};
	});
}

/** Any JSON, with a preference for values that programs often mishandle. */
export const anyJson: fc.Arbitrary<string> = fc
	.letrec((tie) => ({
		value: fc.oneof(
			{ depthSize: "small", withCrossShrink: true },
			fc.constantFrom<Json>(null, true, false, 0, -0, 1, -1, 0.1, 1e308, 2 ** 53, -(2 ** 53)),
			fc.double({ noNaN: true }),
			fc.string({ unit: "binary", maxLength: 80 }),
			fc.constantFrom("NaN", "1", "", "\0", "__proto__", "\u202e", "𝟙", "1 OR 1=1", "a".repeat(300)),
			fc.array(tie("value"), { maxLength: 4 }),
			fc.dictionary(
				fc.oneof(
					fc.string({ unit: "binary" }),
					fc.constantFrom("sku", "quantity", "lines", "__proto__", "constructor"),
				),
				tie("value"),
				{ maxKeys: 4 },
			),
		),
	}))
	.value.map((value) => JSON.stringify(value));
