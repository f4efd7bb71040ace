/**
 * What most shops would use: PostgreSQL behind Node. One row has the counter. A reservation takes its units and stores
 * its hold in one statement, and is answered when that is committed to disk. The lock of the row makes this correct,
 * and everybody waits for it.
 */
import { randomUUID } from "node:crypto";
import { createRequire } from "node:module";
import { serveBaseline } from "./no-object.ts";

interface Pool {
	query(query: { name: string; text: string; values: unknown[] }): Promise<{ rows: Record<string, unknown>[] }>;
}
const { Pool } = createRequire(import.meta.url)("pg") as { Pool: new (options: object) => Pool };

const RESERVE = {
	name: "reserve",
	text: `WITH taken AS (
		UPDATE stock SET available = available - $4, held = held + $4 WHERE sku = $2 AND available >= $4 RETURNING sku
	)
	INSERT INTO holds (id, sku, shopper_id, quantity, expires_at)
	SELECT $1, sku, $3, $4, to_timestamp($5 / 1000.0) FROM taken
	RETURNING id`,
};
const FIND = {
	name: "find",
	text: "SELECT id, quantity, expires_at FROM holds WHERE sku = $1 AND shopper_id = $2 AND ended_at IS NULL",
};
const UNIQUE_VIOLATION = "23505";

const { BENCH_SECRET = "", BENCH_SOCKET_DIR, BENCH_PORT, BENCH_USER, BENCH_POOL } = process.env;
const pool = new Pool({
	host: BENCH_SOCKET_DIR,
	port: Number(BENCH_PORT),
	user: BENCH_USER,
	database: "postgres",
	max: Number(BENCH_POOL),
});

serveBaseline(BENCH_SECRET, async (sku, shopperId, quantity, expiresAtMs) => {
	const id = randomUUID();
	try {
		const { rows } = await pool.query({ ...RESERVE, values: [id, sku, shopperId, quantity, expiresAtMs] });
		return rows.length === 0 ? null : { id, created: true, quantity, expiresAtMs };
	} catch (error) {
		// The shopper has a live hold already. The whole statement was rolled back, including the units.
		if ((error as { code?: string }).code !== UNIQUE_VIOLATION) throw error;
		const [row] = (await pool.query({ ...FIND, values: [sku, shopperId] })).rows;
		if (row === undefined) throw error;
		const expiresAt = row["expires_at"] as Date;
		return {
			id: row["id"] as string,
			created: false,
			quantity: row["quantity"] as number,
			expiresAtMs: expiresAt.getTime(),
		};
	}
});
