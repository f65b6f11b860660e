import { type Row, type Transaction, fromSqlTime, toSqlTime } from '../../../shared/database.ts';
import { bytesToUuid, uuidToBytes } from '../../../shared/ids.ts';
import type { Person } from '../../../shared/schema.ts';
import { type Donation, type DonationStatus, STATUS_RANK } from '../donation.ts';

/** The statuses of those of the donations that have a row. */
export async function donationStatuses(
  tx: Transaction,
  donateIds: readonly string[],
): Promise<ReadonlyMap<string, DonationStatus>> {
  return readStatuses(tx, donateIds, '');
}

/**
 * The same with their rows locked, in id order; a missing one is made, as pending, since what is not there cannot be
 * locked against another event of the same donation.
 */
export async function lockDonations(
  tx: Transaction,
  donations: readonly Donation[],
): Promise<ReadonlyMap<string, DonationStatus>> {
  const ids = donations.map(({ id }) => id);
  const statuses = await readStatuses(tx, ids, LOCKED);
  const missing = donations.filter(({ id }) => !statuses.has(id));
  if (missing.length === 0) return statuses;
  await saveDonations(
    tx,
    missing.map((donation) => ({ ...donation, status: 'pending', reason: null, messageId: null })),
  );
  return readStatuses(tx, ids, LOCKED);
}

const LOCKED = 'ORDER BY id FOR UPDATE';

async function readStatuses(tx: Transaction, donateIds: readonly string[], suffix: string) {
  if (donateIds.length === 0) return new Map<string, DonationStatus>();
  const rows = await tx.select<Row & { id: Buffer; status: DonationStatus }>(
    `SELECT id, status FROM donations WHERE id IN (?) ${suffix}`,
    [donateIds.map(uuidToBytes)],
  );
  return new Map(rows.map((row) => [bytesToUuid(row.id), row.status]));
}

const rank = (status: string) =>
  `CASE ${status} ${Object.entries(STATUS_RANK)
    .map(([name, value]) => `WHEN '${name}' THEN ${value}`)
    .join(' ')} END`;
const RISES = `${rank('VALUES(status)')} > ${rank('status')}`;
const risen = (column: string, value = `VALUES(${column})`) => `${column} = IF(${RISES}, ${value}, ${column})`;
/** One id may have been asked for under two owners; what the ledger says of it then holds. */
const SAID_OF_IT = ['owner_id', 'from_uuid', 'from_type', 'sum', 'currency', 'has_message', 'created_at'];
const RISEN_COLUMNS = [
  // A refund makes no message, and takes none away.
  risen('message_id', 'COALESCE(VALUES(message_id), message_id)'),
  ...[...SAID_OF_IT, 'reason', 'updated_at', 'status'].map((column) => risen(column)),
];

/**
 * Writes donations whole; one that has a row only rises in rank, and is then wholly what the higher one says. `status`
 * comes last: assignments run left to right.
 */
export async function saveDonations(tx: Transaction, donations: readonly Donation[]): Promise<void> {
  if (donations.length === 0) return;
  const rows = donations.map((donation) => [
    uuidToBytes(donation.id),
    uuidToBytes(donation.ownerId),
    uuidToBytes(donation.from.uuid),
    donation.from.type,
    donation.sum.toString(),
    donation.currency,
    donation.hasMessage,
    donation.messageId ? uuidToBytes(donation.messageId) : null,
    donation.status,
    donation.reason,
    toSqlTime(donation.createdAt),
    toSqlTime(donation.updatedAt),
  ]);
  await tx.change(
    `INSERT INTO donations (id, owner_id, from_uuid, from_type, sum, currency, has_message, message_id, status, reason,
       created_at, updated_at) VALUES ?
     ON DUPLICATE KEY UPDATE ${RISEN_COLUMNS.join(', ')}`,
    [rows],
  );
}

interface DonationRow extends Row {
  id: Buffer;
  owner_id: Buffer;
  from_uuid: Buffer;
  from_type: Person['type'];
  sum: string;
  currency: string;
  has_message: number;
  message_id: Buffer | null;
  status: DonationStatus;
  reason: string | null;
  created_at: string;
  updated_at: string;
}

export async function findDonation(tx: Transaction, donateId: string): Promise<Donation | null> {
  const [row] = await tx.select<DonationRow>('SELECT * FROM donations WHERE id = ?', [uuidToBytes(donateId)]);
  if (!row) return null;
  return {
    id: donateId,
    ownerId: bytesToUuid(row.owner_id),
    from: { uuid: bytesToUuid(row.from_uuid), type: row.from_type },
    sum: BigInt(row.sum),
    currency: row.currency,
    hasMessage: row.has_message === 1,
    messageId: row.message_id && bytesToUuid(row.message_id),
    status: row.status,
    reason: row.reason,
    createdAt: fromSqlTime(row.created_at),
    updatedAt: fromSqlTime(row.updated_at),
  };
}
