/**
 * The one statement by which records reach D1: a whole batch, as JSON in one bound parameter (D1 takes 100 of them a
 * statement, and about a thousand short statements a second), and never an older version over a newer one.
 * https://developers.cloudflare.com/d1/platform/limits/
 */

/**
 * SQL that upserts every element of the JSON array `?1`.
 * @param key the columns of the primary key
 * @param fields for each column the path of its value in an element; one column is `version`
 */
export function upsertNewer(table: string, key: string, fields: Readonly<Record<string, string>>): string {
	const columns = Object.keys(fields);
	const values = Object.values(fields).map((path) => `json_extract(value, '$.${path}')`);
	const updates = columns.map((column) => `${column} = excluded.${column}`);
	// "WHERE true" keeps SQLite from reading ON CONFLICT as a join's condition: https://sqlite.org/lang_upsert.html
	return `INSERT INTO ${table} (${columns}) SELECT ${values} FROM json_each(?1) WHERE true
		ON CONFLICT (${key}) DO UPDATE SET ${updates} WHERE excluded.version > ${table}.version`;
}
