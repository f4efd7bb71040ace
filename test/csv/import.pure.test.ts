/** An import against a shop in this process: what it asks, and what it makes of trouble. */
import { describe, expect, it } from "vitest";
import { createAdmin, NoAnswerError } from "../../src/client/index.ts";
import { type ImportOptions, importRows, inspectFile } from "../../src/csv/index.ts";
import { IMPORT_ROWS_AT_ONCE } from "../../src/limits.ts";
import { json, problem } from "../client/fake-server.ts";
import { all, csvFile, lines } from "./files.ts";
import { knownProduct } from "./known-product.ts";

interface Asked {
	readonly method: string;
	readonly path: string;
	readonly sku: string;
	readonly key: string | null;
	readonly body: Record<string, unknown>;
}

/** A shop that answers each call by this. */
function shop(answer: (asked: Asked, nth: number) => Response | Error) {
	const asked: Asked[] = [];
	const fetch = async (input: RequestInfo | URL, init: RequestInit = {}): Promise<Response> => {
		const path = new URL(String(input)).pathname;
		const call: Asked = {
			...{ method: init.method ?? "GET", path, sku: path.split("/")[4] ?? "" },
			key: new Headers(init.headers).get("idempotency-key"),
			body: typeof init.body === "string" ? JSON.parse(init.body) : {},
		};
		asked.push(call);
		const result = answer(call, asked.length);
		if (result instanceof Error) throw result;
		return result;
	};
	const admin = createAdmin({ origin: "https://shop.example", token: "t", fetch: fetch as typeof globalThis.fetch });
	return { admin, asked };
}

const unknownSku = () => problem("unknown-sku", 404);
const product = (sku: string, draft = {}) => json(knownProduct({ sku, ...draft }).product);
const FILE = (count: number) => lines("SKU,Title,Price", ...Array.from({ length: count }, (_, i) => `p-${i},P,1.00`));

async function run(content: string, options: Pick<ImportOptions, "admin"> & Partial<ImportOptions>) {
	const inspected = await inspectFile(csvFile(content));
	return all(importRows(inspected, { currency: "USD", isDryRun: false, patienceMs: 0, ...options }));
}

describe("a dry run", () => {
	it("asks and never changes, and says what an import then does", async () => {
		const file = lines(
			"SKU,Title,Price,Inventory quantity,Status",
			"old,Other,1.00,9,archived",
			"new,New,1.00,9,active",
		);
		const answer = ({ method, sku, path }: Asked) => {
			if (method !== "GET") return json({ version: 9 });
			if (sku === "new") return unknownSku();
			return path.endsWith("/stock")
				? json({ received: 0, adjusted: 0 })
				: product(sku, { stock: { onHand: 0, available: 0 } });
		};
		const dry = shop(answer);
		const planned = await run(file, { admin: dry.admin, isDryRun: true });
		expect(dry.asked.map(({ method }) => method)).toEqual(dry.asked.map(() => "GET"));
		const real = shop(answer);
		expect(await run(file, { admin: real.admin })).toEqual(planned);
		expect(planned.map(({ outcome }) => outcome)).toEqual(["changed", "created"]);
		const changes = real.asked.filter(({ method }) => method !== "GET");
		const ofSku = (wanted: string) =>
			changes.filter(({ sku }) => sku === wanted).map(({ method, path }) => `${method} ${path.split("/")[5] ?? ""}`);
		expect(ofSku("old")).toEqual(["PATCH ", "POST archive", "POST restock"]);
		expect(ofSku("new")).toEqual(["PUT ", "POST restock"]);
	});
});

describe("an import", () => {
	it("answers its rows in their order, though the shop answers in another, and works on so many at once", async () => {
		const { admin } = shop(() => unknownSku());
		const waiting: (() => void)[] = [];
		const getDefinedProduct: typeof admin.getDefinedProduct = async (...args) => {
			await new Promise<void>((go) => {
				waiting.push(go);
				// With fewer at once nobody would go on.
				if (waiting.length === IMPORT_ROWS_AT_ONCE) for (const next of waiting.splice(0).reverse()) next();
			});
			return admin.getDefinedProduct(...args);
		};
		const count = 12 * IMPORT_ROWS_AT_ONCE;
		const reports = await run(FILE(count), { admin: { ...admin, getDefinedProduct }, isDryRun: true });
		expect(reports.map(({ row }) => row)).toEqual(Array.from({ length: count }, (_, i) => i + 2));
	});

	it("goes on after a row that the shop refuses, and after one at which it fails", async () => {
		const { admin } = shop(({ method, sku }) => {
			if (method === "GET") return unknownSku();
			if (sku === "p-1") return problem("invalid-request", 400, { errors: [{ path: "price", message: "is odd" }] });
			return sku === "p-2" ? problem("internal-error", 500) : json({});
		});
		const reports = await run(FILE(4), { admin });
		expect(reports.map(({ outcome, refusal }) => refusal?.kind ?? outcome)).toEqual([
			"created",
			"problem",
			"fault",
			"created",
		]);
		expect(reports[1]?.refusal).toEqual({ kind: "problem", title: "invalid-request", detail: "price is odd" });
	});

	it("says what a refused row had changed before", async () => {
		const { admin } = shop(({ method, sku }) =>
			method === "GET" ? product(sku) : method === "PATCH" ? json({}) : problem("invalid-request", 400),
		);
		const [report] = await run(lines("SKU,Title,Status", "mug,New,draft"), { admin });
		expect(report).toMatchObject({ outcome: "refused", changes: [{ field: "title" }], refusal: { kind: "problem" } });
	});

	it("stops when the shop cannot be reached, lets nobody in, or is busy for long", async () => {
		const gone = shop((_, nth) => (nth > 20 ? new TypeError("fetch failed") : unknownSku()));
		await expect(run(FILE(100), { admin: gone.admin, isDryRun: true })).rejects.toThrow(NoAnswerError);
		expect(gone.asked.length).toBeLessThan(20 + 2 * IMPORT_ROWS_AT_ONCE);
		const closed = shop(() => problem("unauthorized", 401));
		await expect(run(FILE(100), { admin: closed.admin })).rejects.toMatchObject({ problem: { status: 401 } });
		const busy = shop(() => problem("temporarily-unavailable", 503));
		await expect(run(FILE(100), { admin: busy.admin })).rejects.toMatchObject({ status: 503 });
	});

	it("goes on after a row whose SKU alone is busy", async () => {
		const { admin } = shop(({ sku }) => (sku === "p-1" ? problem("temporarily-unavailable", 503) : unknownSku()));
		const reports = await run(FILE(20), { admin, isDryRun: true });
		expect(reports.filter(({ refusal }) => refusal?.kind === "busy").map(({ sku }) => sku)).toEqual(["p-1"]);
	});

	it("heeds a brake, and loses no row by it", async () => {
		let braked = 0;
		const { admin } = shop(({ sku }) => {
			if (sku !== "p-3" || braked++ > 0) return unknownSku();
			return problem("too-many-requests", 429, {}, { "retry-after": "0" });
		});
		const reports = await run(FILE(5), { admin, isDryRun: true, patienceMs: 10_000 });
		expect([braked, ...reports.map(({ outcome }) => outcome)]).toEqual([
			2,
			...Array.from({ length: 5 }, () => "created"),
		]);
	});

	it("begins no row after it was stopped", async () => {
		const stop = new AbortController();
		const { admin, asked } = shop((_, nth) => {
			if (nth === 10) stop.abort(new Error("stopped"));
			return unknownSku();
		});
		await expect(run(FILE(1_000), { admin, isDryRun: true, signal: stop.signal })).rejects.toThrow("stopped");
		expect(asked.length).toBeLessThanOrEqual(10 + IMPORT_ROWS_AT_ONCE);
	});

	it("reads no further after it was stopped, where rows need no call", async () => {
		const stop = new AbortController();
		const { admin } = shop(() => unknownSku());
		const inspected = await inspectFile(csvFile(lines("SKU,Title", ...Array.from({ length: 100 }, () => ",No SKU"))));
		const rows = importRows(inspected, { admin, currency: null, isDryRun: true, signal: stop.signal });
		await rows.next();
		stop.abort(new Error("stopped"));
		await expect(all(rows)).rejects.toThrow("stopped");
	});

	it("refuses a SKU that stands in two rows, and takes the first", async () => {
		const { admin } = shop(() => unknownSku());
		const file = lines("SKU,Title,Price", "mug,Mug,1.00", "cup,Cup,1.00", "mug,Mug,2.00");
		const reports = await run(file, { admin, isDryRun: true });
		expect(reports.map(({ refusal }) => refusal)).toEqual([null, null, { kind: "sku-twice", row: 2 }]);
	});

	it("refuses a row whose cells cannot be told apart, or are more than the header has", async () => {
		const { admin } = shop(() => unknownSku());
		const reports = await run(lines("SKU,Title,Price", 'a,"A"x,1.00', "b,B,1.00,,", "c,C,1.00,,more", "d,D"), {
			admin,
			isDryRun: true,
		});
		expect(reports.map(({ outcome, refusal }) => refusal?.kind ?? outcome)).toEqual([
			"spoilt",
			"created",
			"too-many-cells",
			"no-price",
		]);
	});

	it("waits for a product that it has defined, where another isolate does not know it yet", async () => {
		let restocks = 0;
		const { admin } = shop(({ method, path }) => {
			if (method === "GET") return unknownSku();
			return path.endsWith("/restock") && restocks++ === 0 ? unknownSku() : json({});
		});
		const file = lines("SKU,Title,Price,Inventory quantity", "mug,Mug,1.00,5");
		expect(await run(file, { admin })).toMatchObject([{ outcome: "created", changes: [{ field: "stock", to: "5" }] }]);
		expect(restocks).toBe(2);
	});
});

describe("the key of a count", () => {
	const header = "SKU,On hand (current),On hand (new),Version (not editable)";
	async function keysOf(...rows: string[]) {
		const { admin, asked } = shop(({ method, sku }) =>
			method === "GET" ? product(sku, { stock: { onHand: 10, version: 3 } }) : json({ version: 4 }),
		);
		await run(lines(header, ...rows), { admin });
		return asked.filter(({ method }) => method === "POST").map(({ key }) => key);
	}

	it("is the same in another file, and another for another count or a later export", async () => {
		const [first] = await keysOf("mug,10,12,3");
		// What the API takes for a key.
		expect(first).toMatch(/^[!-~]{1,255}$/);
		expect(await keysOf("other,10,11,3", "mug,10,12,3")).toContain(first);
		const others = [
			...(await keysOf("mug,10,13,3")),
			...(await keysOf("mug,10,12,7")),
			...(await keysOf("cup,10,12,3")),
		];
		expect(new Set([first, ...others]).size).toBe(4);
	});
});
