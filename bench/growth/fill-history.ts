import type { Connection } from 'mysql2/promise';
import { uuidToBytes } from '../../shared/ids.ts';
import { withAdmin } from '../support/admin.ts';
import type { Namespace } from '../support/namespace.ts';
import { newEvent, TEXT_CHARACTERS } from '../support/room-event.ts';

const ROWS_A_STATEMENT = 100_000;
/** Ten events a second: a lively room. */
const BETWEEN_MS = 100;

/** 0 to 999, as a table. */
const THOUSAND = 'WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 999)';

/** Writes a room's past straight into its tables: messages, the newest of them a moment old, with ids that grow by time. */
export async function fillHistory(namespace: Namespace, owner: string, rows: number): Promise<void> {
  const rooms = namespace.database('rooms');
  await withAdmin(namespace, async (admin) => {
    // Nothing here reads the replica; without the right to leave it out it has the rows as well, later.
    await admin.query('SET SESSION sql_log_bin = 0').catch(() => undefined);
    for (let from = 0; from < rows; from += ROWS_A_STATEMENT) {
      await fillSome(admin, rooms, owner, { from, to: Math.min(rows, from + ROWS_A_STATEMENT), rows });
    }
    // A bulk insert leaves a gap behind it; what is saved next is to follow without one.
    await admin.query(`ALTER TABLE ${rooms}.room_events AUTO_INCREMENT = 1`);
    await admin.query(`ANALYZE TABLE ${rooms}.room_events, ${rooms}.messages`);
  });
}

interface Slice {
  readonly from: number;
  readonly to: number;
  readonly rows: number;
}

async function fillSome(admin: Connection, rooms: string, owner: string, { from, to, rows }: Slice): Promise<void> {
  const { fields, type, topic } = newEvent(owner, 0, TEXT_CHARACTERS);
  const body = JSON.stringify({ type, id: '#id', topic, created_at: '#at', ...fields });
  const ownerBytes = uuidToBytes(owner);
  const bornMs = Date.now() - rows * BETWEEN_MS;
  // One row a number: its id (its millisecond, then the number) in hexadecimal, and its time.
  const made = `${THOUSAND}, numbers (i) AS (SELECT a.i * 1000 + b.i + ${from} FROM n a JOIN n b WHERE a.i < 100),
    made (i, hex, at) AS (SELECT i, LOWER(CONCAT(LPAD(HEX(${bornMs} + i * ${BETWEEN_MS}), 12, '0'), LPAD(HEX(i), 20, '0'))),
      FROM_UNIXTIME((${bornMs} + i * ${BETWEEN_MS}) / 1000) FROM numbers WHERE i < ${to})`;
  const id = "CONCAT_WS('-', LEFT(hex, 8), MID(hex, 9, 4), MID(hex, 13, 4), MID(hex, 17, 4), RIGHT(hex, 12))";
  await admin.query("SET SESSION time_zone = '+00:00'");
  await admin.query(
    `INSERT INTO ${rooms}.room_events (id, owner_id, type, is_public, body, created_at) ${made}
     SELECT UNHEX(hex), ?, ?, 1, REPLACE(REPLACE(?, '#id', ${id}), '#at', DATE_FORMAT(at, '%Y-%m-%dT%H:%i:%s.000Z')), at
     FROM made ORDER BY i`,
    [ownerBytes, type, body],
  );
  await admin.query(
    `INSERT INTO ${rooms}.messages (id, owner_id, from_uuid, from_type, is_public, value, created_at, updated_at) ${made}
     SELECT UNHEX(hex), ?, ?, 'client', 1, ?, at, at FROM made ORDER BY i`,
    [ownerBytes, uuidToBytes(fields.from.uuid), fields.value],
  );
}
