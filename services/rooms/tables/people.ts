import { type Row, type Transaction, fromSqlTime, toSqlTime } from '../../../shared/database.ts';
import { bytesToUuid, uuidToBytes, uuidToHex } from '../../../shared/ids.ts';
import type { Person } from '../../../shared/schema.ts';
import { decidePeople, type KnownPerson, type Sighting } from '../people.ts';

const TABLES = { user: 'users', client: 'clients' } as const satisfies Record<Person['type'], string>;

/** Gives everybody seen a row, and the newest name; people who are known by it cost no lock. */
export async function rememberPeople(tx: Transaction, sightings: readonly Sighting[]): Promise<void> {
  for (const type of ['user', 'client'] as const) {
    const seen = sightings.filter((one) => one.type === type);
    const known = await findPeople(
      tx,
      type,
      seen.map((one) => one.uuid),
    );
    await writePeople(tx, type, decidePeople(known, seen));
  }
}

export async function findPeople(
  tx: Transaction,
  type: Person['type'],
  uuids: readonly string[],
): Promise<ReadonlyMap<string, KnownPerson>> {
  if (uuids.length === 0) return new Map();
  const rows = await tx.select<Row & { uuid: Buffer; name: string; updated_at: string }>(
    `SELECT uuid, name, updated_at FROM ${TABLES[type]} WHERE uuid IN (?)`,
    [[...new Set(uuids)].map(uuidToHex)],
  );
  return new Map(rows.map((row) => [bytesToUuid(row.uuid), { name: row.name, since: fromSqlTime(row.updated_at) }]));
}

/** A row that another worker wrote meanwhile keeps its name where that is newer. */
async function writePeople(
  tx: Transaction,
  type: Person['type'],
  people: ReadonlyMap<string, KnownPerson>,
): Promise<void> {
  if (people.size === 0) return;
  const rows = [...people]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([uuid, { name, since }]) => [uuidToHex(uuid), name, toSqlTime(since), toSqlTime(since)]);
  const isNewer = "VALUES(name) <> '' AND (name = '' OR VALUES(updated_at) >= updated_at)";
  await tx.change(
    `INSERT INTO ${TABLES[type]} (uuid, name, created_at, updated_at) VALUES ? ON DUPLICATE KEY UPDATE
       name = IF(${isNewer}, VALUES(name), name), updated_at = GREATEST(updated_at, VALUES(updated_at))`,
    [rows],
  );
}

/** A room is its owner's row. */
export async function roomExists(tx: Transaction, ownerId: string): Promise<boolean> {
  return (await tx.select('SELECT 1 FROM users WHERE uuid = ?', [uuidToBytes(ownerId)])).length > 0;
}
