/** Migrations of an object's tables by an append-only list, in the storage of a real object. */
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

/** Works in the storage of an object that has not stored anything. */
const within = <T>(work: (storage: DurableObjectStorage) => T): Promise<T> =>
	runInDurableObject(env.SKU.getByName(name), (_object: SkuObject, { storage }) => work(storage));
const lamps = (storage: DurableObjectStorage) => storage.sql.exec("SELECT * FROM lamps").toArray();
const tables = (storage: DurableObjectStorage) =>
	storage.sql.exec<{ name: string }>("SELECT name FROM sqlite_master WHERE type = 'table'").toArray();

describe("migrate", () => {
	it("runs each migration once, in order", async () => {
		await within((storage) => {
			migrate(storage, [FIRST, SECOND]);
			migrate(storage, [FIRST, SECOND]);
			expect(lamps(storage)).toEqual([{ id: 1, watts: 41, colour: null }]);
		});
	});

	it("runs only the migrations that were appended since, also after the object was evicted", async () => {
		// When this object is loaded, it compares its tables with its own list, so that list must come first.
		await within((storage) => migrate(storage, SKU_MIGRATIONS));
		await evictDurableObject(env.SKU.getByName(name));
		await within((storage) => {
			migrate(storage, [...SKU_MIGRATIONS, FIRST]);
			migrate(storage, [...SKU_MIGRATIONS, FIRST, SECOND]);
			expect(lamps(storage)).toEqual([{ id: 1, watts: 41, colour: null }]);
		});
	});

	it("follows the list that an object was begun with, and the newest list for a new object", async () => {
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

	it("refuses a list in which a migration that has run was edited, and changes nothing", async () => {
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

	it("undoes everything when one migration fails", async () => {
		await within((storage) => {
			expect(() => migrate(storage, [FIRST, "INSERT INTO nowhere VALUES (1)"])).toThrow("no such table");
			expect(isMigrated(storage)).toBe(false);
			expect(tables(storage)).toEqual([]);
			migrate(storage, [FIRST, SECOND]);
			expect(lamps(storage)).toHaveLength(1);
		});
	});
});

describe("isMigrated", () => {
	it("returns false for an object that was never used, and stores nothing", async () => {
		await within((storage) => {
			expect(isMigrated(storage)).toBe(false);
			expect(tables(storage)).toEqual([]);
		});
	});

	it("returns true once the object was migrated, even with an empty list", async () => {
		await within((storage) => {
			migrate(storage, []);
			expect(isMigrated(storage)).toBe(true);
		});
	});
});
