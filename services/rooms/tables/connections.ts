import { type Transaction, toSqlTime } from '../../../shared/database.ts';
import { bytesToUuid, uuidToBytes } from '../../../shared/ids.ts';
import type { Person } from '../../../shared/schema.ts';

/** A closed connection is remembered for so long, in case that its registration is still on its way. */
const CLOSED_KEPT_MS = 24 * 3_600_000;
/** Nobody hears how the connections of a killed gateway end. One that is still open by then loses nothing. */
const OPEN_KEPT_MS = 30 * 24 * 3_600_000;
const MAXIMUM_SWEPT_ROWS = 1_000;

export interface Registration {
  readonly connectionId: string;
  readonly person: Person;
  readonly at: string;
}

export interface Closure {
  readonly connectionId: string;
  readonly at: string;
}

/** Which of these connections have a row, or with `closed` a row that says that they have ended. */
export async function knownConnections(
  tx: Transaction,
  connectionIds: readonly string[],
  { closed }: { closed: boolean },
): Promise<ReadonlySet<string>> {
  if (connectionIds.length === 0) return new Set();
  const rows = await tx.select<{ connection_uuid: Buffer }>(
    `SELECT connection_uuid FROM connections WHERE connection_uuid IN (?) ${closed ? 'AND closed_at IS NOT NULL' : ''}`,
    [connectionIds.map(uuidToBytes)],
  );
  return new Set(rows.map((row) => bytesToUuid(row.connection_uuid)));
}

/** The first to register a connection has it; one that has closed stays closed. */
export async function insertConnections(tx: Transaction, registrations: readonly Registration[]): Promise<void> {
  if (registrations.length === 0) return;
  const rows = registrations.map(({ connectionId, person, at }) => [
    uuidToBytes(connectionId),
    person.type,
    uuidToBytes(person.uuid),
    toSqlTime(at),
  ]);
  await tx.change(
    `INSERT INTO connections (connection_uuid, type, entity_uuid, created_at) VALUES ?
     ON DUPLICATE KEY UPDATE connection_uuid = connection_uuid`,
    [rows],
  );
}

export async function closeConnections(tx: Transaction, closures: readonly Closure[]): Promise<void> {
  if (closures.length === 0) return;
  const rows = closures.map(({ connectionId, at }) => [uuidToBytes(connectionId), toSqlTime(at), toSqlTime(at)]);
  await tx.change(
    `INSERT INTO connections (connection_uuid, created_at, closed_at) VALUES ?
     ON DUPLICATE KEY UPDATE closed_at = COALESCE(closed_at, VALUES(closed_at))`,
    [rows],
  );
}

/**
 * Drops what closed more than a day before `now`, and what was opened more than 30 days before and never closed: 1,000
 * rows of each at most.
 * @returns whether there may be more
 */
export async function sweepConnections(tx: Transaction, now: Date): Promise<boolean> {
  const before = (keptMs: number) => toSqlTime(new Date(now.getTime() - keptMs));
  const ended = await tx.change(
    `DELETE FROM connections WHERE closed_at < ? ORDER BY closed_at LIMIT ${MAXIMUM_SWEPT_ROWS}`,
    [before(CLOSED_KEPT_MS)],
  );
  const lost = await tx.change(
    `DELETE FROM connections WHERE closed_at IS NULL AND created_at < ?
     ORDER BY closed_at, created_at LIMIT ${MAXIMUM_SWEPT_ROWS}`,
    [before(OPEN_KEPT_MS)],
  );
  return [ended, lost].some(({ affectedRows }) => affectedRows === MAXIMUM_SWEPT_ROWS);
}
