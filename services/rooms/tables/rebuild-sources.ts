import { fromSqlTime, type Parameter, type Row, type Transaction } from '../../../shared/database.ts';
import { bytesToUuid } from '../../../shared/ids.ts';
import type { Person } from '../../../shared/schema.ts';
import type { Source } from '../rebuild-entry.ts';
import { rebuiltName } from './rebuild.ts';

/** The sources of the history, read by id for what stands and page by page for what is missing. */
export const SOURCES_PAGE_ROWS = 1_000;

interface MessageRow extends Row {
  id: Buffer;
  owner_id: Buffer;
  from_uuid: Buffer;
  from_type: Person['type'];
  to_uuid: Buffer | null;
  donate_id: Buffer | null;
  is_public: number;
  value: string;
  created_at: string;
}

interface DonationRow extends Row {
  id: Buffer;
  owner_id: Buffer;
  from_uuid: Buffer;
  from_type: Person['type'];
  sum: string;
  currency: string;
  status: string;
  settled_at: string | null;
  has_message: number;
  comment: string | null;
  comment_is_public: number | null;
}

export interface SponsorRow extends Row {
  user_id: Buffer;
  version: string;
  client_id: Buffer | null;
  total: string;
  currency: string;
  created_at: string;
}

/** A donation that went back says no longer when it settled; what was counted of it does, if it was before it went. */
const DONATION = `SELECT d.*, m.value AS comment, m.is_public AS comment_is_public,
    IF(d.status = 'settled', d.updated_at, IF(c.refunded_at <=> c.settled_at, NULL, c.settled_at)) AS settled_at
  FROM donations d LEFT JOIN messages m ON m.id = d.message_id
  LEFT JOIN donor_contributions c ON c.donate_id = d.id`;
const PAID = "d.status IN ('settled', 'refunded')";

export async function messageSources(tx: Transaction, ids: readonly Buffer[]): Promise<Map<string, Source>> {
  if (ids.length === 0) return new Map();
  const rows = await tx.select<MessageRow>('SELECT * FROM messages WHERE id IN (?)', [ids]);
  return new Map(rows.map((row) => [bytesToUuid(row.id), toMessage(row)]));
}

/** Of donations that settled; null for one of which not all can be told: what stands of it is taken over. */
export async function donationSources(tx: Transaction, ids: readonly Buffer[]): Promise<Map<string, Source | null>> {
  if (ids.length === 0) return new Map();
  const rows = await tx.select<DonationRow>(`${DONATION} WHERE d.id IN (?) AND ${PAID}`, [ids]);
  return new Map(rows.map((row) => [bytesToUuid(row.id), toDonation(row)]));
}

export async function sponsorSources(
  tx: Transaction,
  changes: readonly { readonly ownerId: Buffer; readonly version: number }[],
): Promise<Source[]> {
  if (changes.length === 0) return [];
  const either = changes.map(() => '(user_id = ? AND version = ?)').join(' OR ');
  const rows = await tx.select<SponsorRow>(
    `SELECT * FROM sponsors WHERE ${either}`,
    changes.flatMap(({ ownerId, version }) => [ownerId, version]),
  );
  return rows.map(toSponsor);
}

interface Page<K> {
  readonly sources: readonly Source[];
  readonly page: { readonly rows: number; readonly last: K | null };
}

/** Messages without an entry in the rebuilt table. */
export async function missingMessages(tx: Transaction, after: Buffer | null): Promise<Page<Buffer>> {
  const rows = await tx.select<MessageRow>(
    `SELECT m.* FROM messages m LEFT JOIN ${rebuiltName('room_events')} e ON e.id = m.id
     WHERE e.id IS NULL ${after ? 'AND m.id > ?' : ''} ORDER BY m.id LIMIT ${SOURCES_PAGE_ROWS}`,
    after ? [after] : [],
  );
  return { sources: rows.map(toMessage), page: { rows: rows.length, last: rows.at(-1)?.id ?? null } };
}

/** Settled donations without an entry in the rebuilt table. */
export async function missingDonations(tx: Transaction, after: Buffer | null): Promise<Page<Buffer>> {
  const rows = await tx.select<DonationRow>(
    `${DONATION} LEFT JOIN ${rebuiltName('room_events')} e ON e.id = d.id
     WHERE ${PAID} AND e.id IS NULL ${after ? 'AND d.id > ?' : ''} ORDER BY d.id LIMIT ${SOURCES_PAGE_ROWS}`,
    after ? [after] : [],
  );
  return {
    sources: rows.flatMap((row) => toDonation(row) ?? []),
    page: { rows: rows.length, last: rows.at(-1)?.id ?? null },
  };
}

export type SponsorKey = readonly [Buffer, string];

/** All that was told of sponsors; their entries' ids are no column of theirs. */
export async function allSponsors(tx: Transaction, after: SponsorKey | null): Promise<Page<SponsorKey>> {
  const rows = await tx.select<SponsorRow>(
    `SELECT * FROM sponsors ${after ? 'WHERE user_id > ? OR (user_id = ? AND version > ?)' : ''}
     ORDER BY user_id, version LIMIT ${SOURCES_PAGE_ROWS}`,
    after ? [after[0], after[0], after[1]] : [],
  );
  const last = rows.at(-1);
  return {
    sources: rows.map(toSponsor),
    page: { rows: rows.length, last: last ? ([last.user_id, last.version] as const) : null },
  };
}

/** The newest names of people of either type. */
export async function newestNames(tx: Transaction, uuids: readonly Parameter[]): Promise<ReadonlyMap<string, string>> {
  if (uuids.length === 0) return new Map();
  const rows = await tx.select<Row & { uuid: Buffer; name: string }>(
    `SELECT uuid, name FROM users WHERE uuid IN (?) AND name <> ''
     UNION ALL SELECT uuid, name FROM clients WHERE uuid IN (?) AND name <> ''`,
    [uuids, uuids],
  );
  return new Map(rows.map((row) => [bytesToUuid(row.uuid), row.name]));
}

function toMessage(row: MessageRow): Source {
  return {
    kind: 'message',
    from: { uuid: bytesToUuid(row.from_uuid), type: row.from_type },
    message: {
      message_id: bytesToUuid(row.id),
      owner_id: bytesToUuid(row.owner_id),
      value: row.value,
      is_public: row.is_public === 1,
      created_at: fromSqlTime(row.created_at),
      ...(row.to_uuid && { to: bytesToUuid(row.to_uuid) }),
      ...(row.donate_id && { donate_id: bytesToUuid(row.donate_id) }),
    },
  };
}

function toDonation(row: DonationRow): Source | null {
  const isCommentMissing = row.has_message === 1 && row.comment === null;
  if (isCommentMissing || row.settled_at === null) return null;
  return {
    kind: 'donate',
    donate: {
      ...{ id: bytesToUuid(row.id), ownerId: bytesToUuid(row.owner_id) },
      ...{ sum: BigInt(row.sum), currency: row.currency },
    },
    from: { uuid: bytesToUuid(row.from_uuid), type: row.from_type },
    comment: row.comment === null ? null : { message: row.comment, is_public: row.comment_is_public === 1 },
    settledAt: fromSqlTime(row.settled_at),
    isRefunded: row.status === 'refunded',
  };
}

function toSponsor(row: SponsorRow): Source {
  return {
    kind: 'change_sponsor',
    told: {
      ...{ ownerId: bytesToUuid(row.user_id), version: Number(row.version) },
      ...{ total: BigInt(row.total), currency: row.currency },
    },
    from: row.client_id && { uuid: bytesToUuid(row.client_id), type: 'client' },
    at: fromSqlTime(row.created_at),
  };
}
