import { type Row, type Transaction, toSqlTime } from '../../../shared/database.ts';
import { bytesToUuid, uuidToBytes } from '../../../shared/ids.ts';

/** Who holds a room's title, and the number of changes so far. */
export interface SponsorTop {
  readonly holder: string | null;
  readonly version: number;
}

/** Locks the titles of rooms, in id order, and makes missing ones. It stands for the rooms' totals too. */
export async function lockTops(tx: Transaction, ownerIds: readonly string[]): Promise<Map<string, SponsorTop>> {
  const ids = [...new Set(ownerIds)].sort().map(uuidToBytes);
  if (ids.length === 0) return new Map();
  await tx.change('INSERT INTO sponsor_tops (user_id, version) VALUES ? ON DUPLICATE KEY UPDATE user_id = user_id', [
    ids.map((id) => [id, 0]),
  ]);
  const rows = await tx.select<Row & { user_id: Buffer; client_id: Buffer | null; version: string }>(
    'SELECT user_id, client_id, version FROM sponsor_tops WHERE user_id IN (?) ORDER BY user_id FOR UPDATE',
    [ids],
  );
  return new Map(
    rows.map((row) => [
      bytesToUuid(row.user_id),
      { holder: row.client_id && bytesToUuid(row.client_id), version: Number(row.version) },
    ]),
  );
}

export async function saveTops(tx: Transaction, tops: ReadonlyMap<string, SponsorTop>): Promise<void> {
  if (tops.size === 0) return;
  await tx.change(
    `INSERT INTO sponsor_tops (user_id, client_id, version) VALUES ?
     ON DUPLICATE KEY UPDATE client_id = VALUES(client_id), version = VALUES(version)`,
    [[...tops].map(([ownerId, top]) => [uuidToBytes(ownerId), top.holder && uuidToBytes(top.holder), top.version])],
  );
}

/** The holder of a room's title as it stands on the primary. */
export async function currentSponsor(tx: Transaction, ownerId: string) {
  const [row] = await tx.select<
    Row & { client_id: Buffer | null; version: string; name: string | null; total: string | null } & {
      currency: string | null;
    }
  >(
    `SELECT top.client_id, top.version, donor.name, donor.total, donor.currency FROM sponsor_tops top
     LEFT JOIN donor_totals donor ON donor.user_id = top.user_id AND donor.client_id = top.client_id
     WHERE top.user_id = ?`,
    [uuidToBytes(ownerId)],
  );
  if (!row) return null;
  return {
    holder: row.client_id && { uuid: bytesToUuid(row.client_id), name: row.name ?? '' },
    total: BigInt(row.total ?? 0),
    currency: row.currency,
    version: Number(row.version),
  };
}

/** A change of the title as it was told. */
export interface ToldSponsor {
  readonly ownerId: string;
  readonly version: number;
  readonly clientId: string | null;
  readonly total: bigint;
  readonly currency: string;
  readonly at: string;
}

export const toldKey = (ownerId: string, version: number) => `${ownerId}:${version}`;

/** Which of these changes are kept already, as `toldKey`s. */
export async function toldSponsors(
  tx: Transaction,
  changes: readonly Pick<ToldSponsor, 'ownerId' | 'version'>[],
): Promise<ReadonlySet<string>> {
  if (changes.length === 0) return new Set();
  const either = changes.map(() => '(user_id = ? AND version = ?)').join(' OR ');
  const rows = await tx.select<Row & { user_id: Buffer; version: string }>(
    `SELECT user_id, version FROM sponsors WHERE ${either}`,
    changes.flatMap(({ ownerId, version }) => [uuidToBytes(ownerId), version]),
  );
  return new Set(rows.map((row) => toldKey(bytesToUuid(row.user_id), Number(row.version))));
}

/** Each change is a row of its own, so that an older one that comes late overwrites nothing. */
export async function insertSponsors(tx: Transaction, changes: readonly ToldSponsor[]): Promise<void> {
  if (changes.length === 0) return;
  await tx.change(
    'INSERT INTO sponsors (user_id, version, client_id, total, currency, created_at, updated_at) VALUES ?',
    [
      changes.map((change) => [
        uuidToBytes(change.ownerId),
        change.version,
        change.clientId && uuidToBytes(change.clientId),
        change.total.toString(),
        change.currency,
        toSqlTime(change.at),
        toSqlTime(change.at),
      ]),
    ],
  );
}
