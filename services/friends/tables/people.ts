import type { Transaction } from '../../../shared/database.ts';
import { bytesToUuid, uuidToBytes } from '../../../shared/ids.ts';
import type { KnownPerson, PersonStatus } from '../person.ts';

/** Every function takes an open transaction. */

const COLUMNS = 'uuid, name, status, profile_version';

interface PersonRow extends Record<string, unknown> {
  uuid: Buffer;
  name: string;
  status: PersonStatus;
  profile_version: string;
}

export async function findPeople(tx: Transaction, uuids: readonly string[]): Promise<ReadonlyMap<string, KnownPerson>> {
  if (uuids.length === 0) return new Map();
  const rows = await tx.select<PersonRow>(`SELECT ${COLUMNS} FROM people WHERE uuid IN (?)`, [uuids.map(uuidToBytes)]);
  return toPeople(rows);
}

/**
 * Holds both people as they are until the transaction ends: nobody is deleted or blocked between what is decided on them
 * and its commit. The caller, who has shown who they are, gets a row where there is none yet. An insert locks too: so the
 * two take turns in the one order of ids, and whether the caller is missing is asked without a lock. Whoever else was
 * missing at their turn is not held, even if they get a row meanwhile: to wait for them then would be against the order.
 * @returns those who are held
 */
export async function holdPeople(
  tx: Transaction,
  caller: { readonly uuid: string; readonly name: string },
  other: string,
): Promise<ReadonlyMap<string, KnownPerson>> {
  const both = [caller.uuid, other];
  // No row is ever removed: who has one now has it at their turn.
  if ((await findPeople(tx, [caller.uuid])).has(caller.uuid)) return readHeld(tx, both);
  const held = new Map<string, KnownPerson>();
  for (const uuid of both.sort()) {
    if (uuid === caller.uuid) await insertPeople(tx, [caller]);
    const person = (await readHeld(tx, [uuid])).get(uuid);
    if (person) held.set(uuid, person);
  }
  return held;
}

/** In the order of their ids. The index is named since on a small table a scan, which waits for others' rows, would seem cheaper. */
async function readHeld(tx: Transaction, uuids: readonly string[]): Promise<ReadonlyMap<string, KnownPerson>> {
  const rows = await tx.select<PersonRow>(
    `SELECT ${COLUMNS} FROM people FORCE INDEX (PRIMARY) WHERE uuid IN (?) ORDER BY uuid LOCK IN SHARE MODE`,
    [uuids.map(uuidToBytes)],
  );
  return toPeople(rows);
}

/** Gives people a row; who has one keeps it as it is. */
export async function insertPeople(
  tx: Transaction,
  people: readonly { readonly uuid: string; readonly name: string }[],
): Promise<void> {
  if (people.length === 0) return;
  const rows = [...people].sort(byUuid).map(({ uuid, name }) => [uuidToBytes(uuid), name]);
  await tx.change('INSERT INTO people (uuid, name) VALUES ? ON DUPLICATE KEY UPDATE uuid = uuid', [rows]);
}

/** Writes names with the versions of the profiles they are from; a row with a higher version keeps its own. */
export async function saveNames(
  tx: Transaction,
  profiles: readonly { readonly uuid: string; readonly name: string; readonly version: number }[],
): Promise<void> {
  if (profiles.length === 0) return;
  const rows = [...profiles].sort(byUuid).map(({ uuid, name, version }) => [uuidToBytes(uuid), name, version]);
  // Assignments run left to right: the version goes last.
  await tx.change(
    `INSERT INTO people (uuid, name, profile_version) VALUES ? ON DUPLICATE KEY UPDATE
       name = IF(VALUES(profile_version) > profile_version, VALUES(name), name),
       profile_version = GREATEST(profile_version, VALUES(profile_version))`,
    [rows],
  );
}

/** Writes statuses. Deleted is for good, whatever is said later. */
export async function saveStatuses(tx: Transaction, statuses: ReadonlyMap<string, PersonStatus>): Promise<void> {
  if (statuses.size === 0) return;
  const rows = [...statuses]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([uuid, status]) => [uuidToBytes(uuid), '', status]);
  await tx.change(
    `INSERT INTO people (uuid, name, status) VALUES ? ON DUPLICATE KEY UPDATE
       status = IF(status = 'deleted', status, VALUES(status))`,
    [rows],
  );
}

const byUuid = (one: { uuid: string }, other: { uuid: string }) => (one.uuid < other.uuid ? -1 : 1);

function toPeople(rows: readonly PersonRow[]): ReadonlyMap<string, KnownPerson> {
  return new Map(
    rows.map(({ uuid, name, status, profile_version: version }) => [
      bytesToUuid(uuid),
      { uuid: bytesToUuid(uuid), name, status, profileVersion: Number(version) },
    ]),
  );
}
