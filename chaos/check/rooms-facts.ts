import type { Row, Transaction } from '../../shared/database.ts';
import { bytesToUuid, uuidToBytes } from '../../shared/ids.ts';
import { type EntryFact, readEntries } from './entries.ts';
import { eachRow } from './pages.ts';

export interface DonationFact {
  readonly room: string;
  readonly donor: string;
  /** Minor units. */
  readonly sum: bigint;
  readonly currency: string;
  readonly status: string;
  readonly hasMessage: boolean;
  readonly messageId: string | null;
}

export interface MessageFact {
  readonly room: string;
  readonly from: string;
  readonly to: string | null;
  /** Of a comment: its donation. */
  readonly donateId: string | null;
  readonly isPublic: boolean;
  readonly value: string;
}

/** A donation as it was counted, for its donor or for a goal. */
export interface ShareFact {
  readonly room: string;
  readonly donor: string | null;
  readonly goalId: string | null;
  readonly sum: bigint;
  /** When it was counted, and when it went back, as SQL writes times. */
  readonly at: string;
  readonly refundedAt: string | null;
}

export interface GoalFact {
  readonly room: string;
  readonly sum: bigint;
  readonly requireSum: bigint;
  readonly isEnded: boolean;
}

export interface TopFact {
  readonly holder: string | null;
  readonly version: number;
}

/** Room → donor → minor units. */
export type Totals = ReadonlyMap<string, ReadonlyMap<string, bigint>>;

/** What the rooms' tables say. */
export interface RoomsFacts {
  readonly donations: ReadonlyMap<string, DonationFact>;
  readonly messages: ReadonlyMap<string, MessageFact>;
  readonly entries: ReadonlyMap<string, EntryFact>;
  readonly donorShares: ReadonlyMap<string, ShareFact>;
  readonly goalShares: ReadonlyMap<string, ShareFact>;
  readonly goals: ReadonlyMap<string, GoalFact>;
  readonly totals: Totals;
  /** The same added up from the hours. */
  readonly hours: Totals;
  readonly tops: ReadonlyMap<string, TopFact>;
  /** Room → who was told as its sponsor, by version. */
  readonly told: ReadonlyMap<string, ReadonlyMap<number, string | null>>;
}

const optionalId = (bytes: Buffer | null) => bytes && bytesToUuid(bytes);

export async function readRooms(tx: Transaction): Promise<RoomsFacts> {
  const donations = await readDonations(tx);
  const messages = await readMessages(tx);
  return {
    ...{ donations, messages, entries: await readEntries(tx, donations, messages) },
    donorShares: await readShares(tx, 'donor_contributions', 'client_id AS donor, NULL AS goal_id, settled_at AS at'),
    goalShares: await readShares(tx, 'goal_contributions', 'NULL AS donor, goal_id, created_at AS at'),
    goals: await readGoals(tx),
    totals: await readTotals(tx, 'donor_totals'),
    hours: await readTotals(tx, 'donor_hours'),
    ...(await readSponsors(tx)),
  };
}

async function readDonations(tx: Transaction) {
  const donations = new Map<string, DonationFact>();
  type Ids = Record<'id' | 'owner_id' | 'from_uuid', Buffer> & { message_id: Buffer | null };
  await eachRow<Row & Ids & { sum: string; currency: string; status: string; has_message: number }>(
    tx,
    {
      columns: 'id, owner_id, from_uuid, message_id, sum, currency, status, has_message',
      ...{ table: 'donations', key: 'id' },
    },
    ({ id, owner_id, from_uuid, message_id, sum, currency, status, has_message }) =>
      donations.set(bytesToUuid(id), {
        ...{ room: bytesToUuid(owner_id), donor: bytesToUuid(from_uuid), sum: BigInt(sum), currency, status },
        ...{ hasMessage: has_message === 1, messageId: optionalId(message_id) },
      }),
  );
  return donations;
}

async function readMessages(tx: Transaction) {
  const messages = new Map<string, MessageFact>();
  type Ids = Record<'id' | 'owner_id' | 'from_uuid', Buffer> & Record<'to_uuid' | 'donate_id', Buffer | null>;
  await eachRow<Row & Ids & { is_public: number; value: string }>(
    tx,
    { columns: 'id, owner_id, from_uuid, to_uuid, donate_id, is_public, value', table: 'messages', key: 'id' },
    ({ id, owner_id, from_uuid, to_uuid, donate_id, is_public, value }) =>
      messages.set(bytesToUuid(id), {
        ...{ room: bytesToUuid(owner_id), from: bytesToUuid(from_uuid), to: optionalId(to_uuid) },
        ...{ donateId: optionalId(donate_id), isPublic: is_public === 1, value },
      }),
  );
  return messages;
}

async function readShares(tx: Transaction, table: string, columns: string) {
  const shares = new Map<string, ShareFact>();
  type Ids = Record<'donate_id' | 'user_id', Buffer> & Record<'donor' | 'goal_id', Buffer | null>;
  await eachRow<Row & Ids & { sum: string; at: string; refunded_at: string | null }>(
    tx,
    { columns: `donate_id, user_id, sum, refunded_at, ${columns}`, table, key: 'donate_id' },
    ({ donate_id, user_id, donor, goal_id, sum, at, refunded_at }) =>
      shares.set(bytesToUuid(donate_id), {
        ...{ room: bytesToUuid(user_id), donor: optionalId(donor), goalId: optionalId(goal_id) },
        ...{ sum: BigInt(sum), at, refundedAt: refunded_at },
      }),
  );
  return shares;
}

async function readGoals(tx: Transaction) {
  const goals = new Map<string, GoalFact>();
  type Sums = { sum: string; require_sum: string; is_ended: number };
  await eachRow<Row & Record<'id' | 'user_id', Buffer> & Sums>(
    tx,
    {
      columns: 'position, id, user_id, sum, require_sum, ended_by IS NOT NULL AS is_ended',
      ...{ table: 'goals', key: 'position' },
    },
    ({ id, user_id, sum, require_sum, is_ended }) =>
      goals.set(bytesToUuid(id), {
        ...{ room: bytesToUuid(user_id), sum: BigInt(sum), requireSum: BigInt(require_sum) },
        isEnded: Number(is_ended) === 1,
      }),
  );
  return goals;
}

/** Totals have a row for each donor of a room, and so are few beside donations. */
async function readTotals(tx: Transaction, table: 'donor_totals' | 'donor_hours'): Promise<Totals> {
  const totals = new Map<string, Map<string, bigint>>();
  const rows = await tx.select<Row & { user_id: Buffer; client_id: Buffer; total: string }>(
    `SELECT user_id, client_id, SUM(total) AS total FROM ${table} GROUP BY user_id, client_id`,
  );
  for (const { user_id, client_id, total } of rows) {
    const room = bytesToUuid(user_id);
    const donors = totals.get(room) ?? new Map<string, bigint>();
    totals.set(room, donors.set(bytesToUuid(client_id), BigInt(total)));
  }
  return totals;
}

async function readSponsors(tx: Transaction): Promise<Pick<RoomsFacts, 'tops' | 'told'>> {
  const tops = new Map<string, TopFact>();
  await eachRow<Row & { user_id: Buffer; client_id: Buffer | null; version: string }>(
    tx,
    { columns: 'user_id, client_id, version', table: 'sponsor_tops', key: 'user_id' },
    ({ user_id, client_id, version }) =>
      tops.set(bytesToUuid(user_id), { holder: optionalId(client_id), version: Number(version) }),
  );
  const told = new Map<string, Map<number, string | null>>();
  for (const room of tops.keys()) {
    const versions = new Map<number, string | null>();
    await eachRow<Row & { client_id: Buffer | null; version: string }>(
      tx,
      {
        columns: 'client_id, version',
        ...{ table: 'sponsors', key: 'version' },
        where: { sql: 'user_id = ?', parameters: [uuidToBytes(room)] },
      },
      ({ client_id, version }) => versions.set(Number(version), optionalId(client_id)),
    );
    told.set(room, versions);
  }
  return { tops, told };
}
