/** An object's tables, brought to the present once, by an append-only list, in a real object's storage. */
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import { isMigrated, migrate } from "../../src/platform/migrate.ts";
import type { SkuObject } from "../../src/stock/sku.ts";
import { SKU_MIGRATIONS } from "../../src/stock/storage/schema.ts";

const FIRST = "CREATE TABLE lamps (id INTEGER PRIMARY KEY, watts INTEGER NOT NULL); INSERT INTO lamps VALUES (1, 40);";
const SECOND = "ALTER TABLE lamps ADD COLUMN colour TEXT; UPDATE lamps SET watts = watts + 1;";

let name: string;
beforeEach(() => {
	name = `migrate-${crypto.randomUUID()}`;
});

/** In the storage of an object that stores nothing by itself. */
const within = <T>(work: (storage: DurableObjectStorage) => T): Promise<T> =>
	runInDurableObject(env.SKU.getByName(name), (_object: SkuObject, { storage }) => work(storage));
const lamps = (storage: DurableObjectStorage) => storage.sql.exec("SELECT * FROM lamps").toArray();
const tables = (storage: DurableObjectStorage) =>
	storage.sql.exec<{ name: string }>("SELECT name FROM sqlite_master WHERE type = 'table'").toArray();

describe("migrating", () => {
	it("runs each of the list once, in order", async () => {
		await within((storage) => {
			migrate(storage, [FIRST, SECOND]);
			migrate(storage, [FIRST, SECOND]);
			expect(lamps(storage)).toEqual([{ id: 1, watts: 41, colour: null }]);
		});
	});

	it("runs what was appended since, also after the object was unloaded", async () => {
		// This object knows its own list, and holds its tables against it whenever it is loaded.
		await within((storage) => migrate(storage, SKU_MIGRATIONS));
		await evictDurableObject(env.SKU.getByName(name));
		await within((storage) => {
			migrate(storage, [...SKU_MIGRATIONS, FIRST]);
			migrate(storage, [...SKU_MIGRATIONS, FIRST, SECOND]);
			expect(lamps(storage)).toEqual([{ id: 1, watts: 41, colour: null }]);
		});
	});

	it("goes along the list that the object was begun with, and a new one along the newest", async () => {
		const begun = "CREATE TABLE lamps (id INTEGER PRIMARY KEY, watts INTEGER NOT NULL, colour TEXT);";
		await within((storage) => {
			migrate(storage, [FIRST]);
			migrate(storage, [begun], [FIRST, SECOND]);
			migrate(storage, [begun], [FIRST, SECOND]);
			expect(lamps(storage)).toEqual([{ id: 1, watts: 41, colour: null }]);
			expect(() => migrate(storage, [begun, SECOND], [SECOND])).toThrow("migration 0 was edited");
		});
		name += "-new";
		await within((storage) => {
			migrate(storage, [begun], [FIRST, SECOND]);
			migrate(storage, [begun], [FIRST, SECOND]);
			expect(lamps(storage)).toEqual([]);
		});
	});

	it("refuses a list of which a part that was run has been edited, and changes nothing", async () => {
		await within((storage) => {
			migrate(storage, [FIRST]);
			expect(() => migrate(storage, [`${FIRST} `, SECOND])).toThrow("migration 0 was edited");
			expect(() => migrate(storage, [SECOND, FIRST])).toThrow("migration 0 was edited");
			expect(lamps(storage)).toEqual([{ id: 1, watts: 40 }]);
		});
	});

	it("refuses to serve an object that newer code has migrated", async () => {
		await within((storage) => {
			migrate(storage, [FIRST, SECOND]);
			expect(() => migrate(storage, [FIRST])).toThrow("newer code");
		});
	});

	it("that fails is undone whole: what ran before it, and the memory of it", async () => {
		await within((storage) => {
			expect(() => migrate(storage, [FIRST, "INSERT INTO nowhere VALUES (1)"])).toThrow("no such table");
			expect(isMigrated(storage)).toBe(false);
			expect(tables(storage)).toEqual([]);
			migrate(storage, [FIRST, SECOND]);
			expect(lamps(storage)).toHaveLength(1);
		});
	});
});

describe("asking whether it was ever migrated", () => {
	it("is no by an object that was never used, and leaves it so", async () => {
		await within((storage) => {
			expect(isMigrated(storage)).toBe(false);
			expect(tables(storage)).toEqual([]);
		});
	});

	it("is yes once it was, with however short a list", async () => {
		await within((storage) => {
			migrate(storage, []);
			expect(isMigrated(storage)).toBe(true);
		});
	});
});
