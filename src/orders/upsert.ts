/**
 * The statement that writes records to D1: a whole batch, as JSON in one bound parameter. D1 allows 100 parameters a
 * statement and takes about a thousand short statements a second. An older version never replaces a newer one.
 * https://developers.cloudflare.com/d1/platform/limits/
 */

/**
 * SQL that upserts every element of the JSON array `?1`.
 * @param key the columns of the primary key
 * @param fields the path of each column's value in an element; one column is `version`
 */
export function upsertNewer(table: string, key: string, fields: Readonly<Record<string, string>>): string {
	const columns = Object.keys(fields);
	const values = Object.values(fields).map((path) => `json_extract(value, '$.${path}')`);
	const updates = columns.map((column) => `${column} = excluded.${column}`);
	// Without "WHERE true" SQLite reads ON CONFLICT as the condition of a join: https://sqlite.org/lang_upsert.html
	return `INSERT INTO ${table} (${columns}) SELECT ${values} FROM json_each(?1) WHERE true
		ON CONFLICT (${key}) DO UPDATE SET ${updates} WHERE excluded.version > ${table}.version`;
}
