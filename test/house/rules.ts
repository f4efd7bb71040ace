/**
 * Which file of `src` may import which, as rules over their text: each rule names what breaks it.
 *
 * Imports flow one way: worker → app → http → checkout, shopper → stock, payments, orders, catalog → platform. Rooms of one level
 * do not know each other, but for the exceptions below. `limits.ts` is everybody's; `objects.ts` belongs to those who call
 * objects. Not here: reading the files (`imports.pure.test.ts`).
 */

/** Texts by path below `src`, with `/` between folders. */
export type Sources = ReadonlyMap<string, string>;

interface Import {
	readonly from: string;
	/** A path below `src`, or the name of a package. */
	readonly to: string;
	readonly isPackage: boolean;
	/** Gone when compiled: it knows a shape and runs nothing. */
	readonly isType: boolean;
}

/** From the top down. What stands on one level may not import one another. */
const LEVELS: readonly (readonly string[])[] = [
	["worker.ts"],
	["app.ts"],
	["http/"],
	["objects.ts"],
	["web/"],
	["checkout/", "shopper/"],
	["stock/", "payments/", "orders/", "catalog/"],
	["platform/"],
	["limits.ts"],
];
/** `objects.ts` hands out stubs, which are typed by the classes behind them: it stands above them, and yet is called by one. */
const CALLERS_OF_OBJECTS = ["worker.ts", "app.ts", "http/", "checkout/", "shopper/"];

/** Shapes that one room shares with another of its level. Types only; one that is no longer needed has to go. */
const EXCEPTIONS: readonly { readonly from: string; readonly to: string; readonly because: string }[] = [
	{ from: "catalog/product.ts", to: "stock/books.ts", because: "a product carries the policy it is sold by" },
	{ from: "stock/", to: "catalog/product.ts", because: "the SKU's object keeps the product it decides by" },
	{ from: "stock/", to: "orders/messages.ts", because: "the object sends its pre-orders to the same queue" },
	{ from: "stock/", to: "orders/preorder.ts", because: "and in the shape that D1 keeps them in" },
];

/** Rules that can be read without knowing where they run. */
const PURE = [
	"stock/books.ts",
	"stock/posting.ts",
	"stock/ledger.ts",
	"stock/endings.ts",
	"stock/units.ts",
	"checkout/state.ts",
	"checkout/money.ts",
	"checkout/saga.ts",
	"checkout/next.ts",
];
/** What they may lean on: no more than constants and assertions. */
const PURE_GROUND = ["limits.ts", "platform/assert.ts"];
/** The clock, chance, the outside, and whatever has to be waited for. */
const IMPURE =
	/\b(Date|performance|Math\.random|crypto|console|fetch|process|globalThis|scheduler|setTimeout|setInterval|async|await|Promise|DurableObject\w*|SqlStorage\w*|D1\w+|Request|Response|Env)\b/g;

const isIn = (path: string, places: readonly string[]): boolean =>
	places.some((place) => (place.endsWith("/") ? path.startsWith(place) : path === place));
const levelOf = (path: string): number => LEVELS.findIndex((level) => isIn(path, level));
const roomOf = (path: string): string => (path.includes("/") ? path.slice(0, path.indexOf("/") + 1) : path);

/** The text without its comments. Quoted text goes first, so that a `//` in an address is none. */
function withoutComments(text: string): string {
	return text.replace(/("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`)|\/\*[\s\S]*?\*\/|\/\/.*$/gm, "$1");
}

const STATEMENT = /^(?:import|export)\s+(type\s+)?(?:[\w*{][^;"']*?\sfrom\s*)?["']([^"']+)["']/gm;
const DYNAMIC = /\bimport\s*\(\s*["'`]([^"'`]+)["'`]/g;

function importsOf(from: string, text: string): Import[] {
	const code = withoutComments(text);
	const found = [
		...Array.from(code.matchAll(STATEMENT), ([, type, to]) => ({ to: to ?? "", isType: type !== undefined })),
		...Array.from(code.matchAll(DYNAMIC), ([, to]) => ({ to: to ?? "", isType: false })),
	];
	const mentioned = code.match(/\bfrom\s*["']|^import\s*["']|\bimport\s*\(/gm)?.length ?? 0;
	if (found.length !== mentioned) {
		throw new Error(`${from} names ${mentioned} imports, of which ${found.length} could be read`);
	}
	return found.map(({ to, isType }) => {
		const isPackage = !to.startsWith(".");
		return { from, isType, isPackage, to: isPackage ? to : new URL(to, `file:///${from}`).pathname.slice(1) };
	});
}

/** Everything in `sources` that is not as it should be, one line each. */
export function complaints(sources: Sources): string[] {
	const found: string[] = [];
	const used = new Set<unknown>();
	for (const [path, text] of sources) {
		const code = withoutComments(text);
		for (const imported of importsOf(path, text)) {
			const problem = path.startsWith("tools/") ? inTools(imported) : inWorker(imported, code, used);
			if (problem !== null) found.push(`${path} → ${imported.to}: ${problem}`);
		}
		if (isIn(path, PURE)) {
			for (const [word] of code.matchAll(IMPURE)) found.push(`${path}: is pure, and names ${word}`);
		}
		if (!path.startsWith("tools/") && /\bD1[A-Z]\w+/.test(code) && !isIn(path, ["orders/", "catalog/"])) {
			found.push(`${path}: only the rooms with stores know D1`);
		}
		if (/\.prepare\(/.test(code) && !path.endsWith("store.ts")) found.push(`${path}: only stores speak to D1`);
	}
	for (const { from, to } of EXCEPTIONS) {
		if (!used.has(`${from} ${to}`)) found.push(`${from} → ${to}: an exception that nobody needs`);
	}
	return found;
}

function inTools({ to, isPackage }: Import): string | null {
	if (isPackage || to.startsWith("tools/") || to === "limits.ts") return null;
	return "tools know nothing of the Worker but its limits";
}

function inWorker({ from, to, isPackage, isType }: Import, code: string, used: Set<unknown>): string | null {
	if (isPackage) return ofPackage(from, to, code);
	if (isIn(from, PURE) && !isType && !isIn(to, PURE) && !isIn(to, PURE_GROUND))
		return "a pure file leans on pure ones only";
	if (to === "objects.ts") return isIn(from, CALLERS_OF_OBJECTS) ? null : "does not call objects";
	if (from === "objects.ts" && levelOf(to) < levelOf("platform/")) {
		return isType ? null : "knows of objects no more than their type";
	}
	const [here, there] = [levelOf(from), levelOf(to)];
	if (here === -1 || there === -1) return "stands in no room";
	if (roomOf(from) === roomOf(to) || here < there) return null;
	const exception = EXCEPTIONS.find((e) => isType && isIn(from, [e.from]) && e.to === to);
	if (exception === undefined) return here === there ? "rooms of one level do not know each other" : "upwards";
	used.add(`${exception.from} ${exception.to}`);
	return null;
}

function ofPackage(from: string, to: string, code: string): string | null {
	const name = to.startsWith("@") ? to.split("/").slice(0, 2).join("/") : (to.split("/")[0] ?? to);
	if (isIn(from, PURE)) return "a pure file needs no package";
	switch (name) {
		case "cloudflare:workers":
			return /\bclass \w+ extends DurableObject\b/.test(code) ? null : "only the objects know their platform";
		case "zod":
		case "@hono/zod-openapi":
		case "jose":
			return isIn(from, ["http/"]) ? null : "only http/ knows HTTP";
		case "hono":
			return isIn(from, ["http/", "app.ts"]) ? null : "only http/ knows HTTP";
		case "stripe":
			return isIn(from, ["payments/"]) ? null : "only payments/ knows a provider";
		case "uuidv7":
			return from === "platform/id.ts" ? null : "ids are made in platform/id.ts";
		default:
			return "a package that no rule knows";
	}
}
