/**
 * Bugs that are planted in Holdfast to see that the race detector finds them. Each keeps the shop running, and most keep
 * its own books balanced: what is wrong shows only in what buyers are told.
 *
 * A text that is to be replaced has to be there exactly once. Whoever changes that code changes the bug too.
 */

export interface Edit {
	readonly file: string;
	readonly find: string;
	readonly replace: string;
}

export interface PlantedBug {
	readonly name: string;
	readonly edits: readonly Edit[];
}

const edit = (file: string, find: string, replace: string): Edit => ({ file: `src/${file}`, find, replace });

export const BUGS: readonly PlantedBug[] = [
	{
		name: "a hold is not counted",
		edits: [edit("stock/rules/reserve.ts", "\t\t\tavailable: -command.quantity,\n\t\t\theld: command.quantity,\n", "")],
	},
	{
		name: "a hold that has expired counts as held",
		edits: [
			edit(
				"stock/rules/release.ts",
				": { held: -r.quantity, available: r.quantity };",
				': status === "expired" ? {} : { held: -r.quantity, available: r.quantity };',
			),
		],
	},
	{
		name: "the till takes units without counting them",
		edits: [edit("stock/rules/purchase.ts", "const taken = Math.max(more, 0);", "const taken = 0;")],
	},
	{
		name: "a sale forgets its pin, and takes a unit beside it",
		edits: [
			edit(
				"stock/rules/sale.ts",
				'if (reservation?.status === "paying") return sell(',
				'if (reservation?.status === "converted") return sell(',
			),
		],
	},
	{
		name: "a sale gives its unit back",
		edits: [
			edit(
				"stock/rules/sale.ts",
				"const deltas = { held: -r.quantity, sold: units, available: r.quantity - units };",
				"const deltas = { held: -r.quantity, available: r.quantity };",
			),
		],
	},
	{
		name: "a delivery counts twice",
		edits: [
			edit(
				"stock/rules/adjust.ts",
				"{ received: quantity, available: quantity }",
				"{ received: 2 * quantity, available: 2 * quantity }",
			),
		],
	},
	{
		name: "a delivery that is told again counts again: its key is ignored",
		edits: [
			edit(
				"stock/command-runner.ts",
				"\t\t\tif (receipt) {\n",
				"\t\t\tif (receipt && receipt.fingerprint !== keyed.fingerprint) {\n",
			),
			edit(
				"stock/storage/sku-storage.ts",
				'this.#sql.exec("INSERT INTO receipts',
				'this.#sql.exec("INSERT OR REPLACE INTO receipts',
			),
		],
	},
	{
		name: "a checkout that is asked for again is another one: its key is ignored",
		edits: [
			edit("http/shopper/checkouts.ts", "checkoutIdOf(shopperId, key)", "checkoutIdOf(shopperId, key + Math.random())"),
		],
	},
	{
		name: "the memory of what is sold out grants",
		edits: [
			edit(
				"edge/reserve-path.ts",
				"return isAsker ? refresh(path, request) : refusal;",
				`const { quantity } = request;
			const hold = { id: crypto.randomUUID(), quantity, status: "held", expiresAtMs: nowMs + 1000, position: null };
			const granted = { ...hold, extensionsLeft: 0, version: 1 } as never;
			return isAsker ? refresh(path, request) : { kind: "held", reservation: granted, created: true };`,
			),
		],
	},
	{
		name: "the memory of what is sold out does not learn of free units",
		edits: [
			edit("limits.ts", "export const SOLD_OUT_TTL_MS = 1_000;", "export const SOLD_OUT_TTL_MS = 60_000;"),
			edit("edge/sold-out-cache.ts", "this.#refusals.invalidate(sku);", "void sku;"),
			edit("edge/reserve-path.ts", "asking, retryAtMs);", "asking, null);"),
		],
	},
	{
		name: "a promotion is not counted",
		edits: [
			edit(
				"stock/rules/allocate.ts",
				"const deltas = { available: -quantity, held: quantity, waiting: -quantity };",
				"const deltas = { waiting: -quantity };",
			),
		],
	},
	{
		name: "requests that travel together all get the answer of the first",
		edits: [edit("edge/call-batcher.ts", "result: results[index] as R", "result: results[0] as R")],
	},
	{
		name: "a hold ends sooner than the shopper was told",
		edits: [
			edit(
				"stock/api-views.ts",
				'r.status === "waiting" ? null : r.expiresAtMs)',
				'r.status === "waiting" || r.expiresAtMs === null ? null : r.expiresAtMs + 2000)',
			),
		],
	},
];
