import type { Static } from '@sinclair/typebox';
import { formatAmount } from '../../../shared/amount.ts';
import { fromSqlTime, type Row, toSqlTime, type Transaction } from '../../../shared/database.ts';
import type { Donation } from '../../../shared/events/rooms.ts';
import { bytesToUuid, uuidToBytes, uuidToHex } from '../../../shared/ids.ts';
import type { Account, Booking, Transfer } from '../account.ts';

/** Writes a booking whole; its accounts must be locked. @throws on a transfer that is already there (duplicate key) */
export async function insertBooking(tx: Transaction, booking: Booking, now: Date): Promise<void> {
  const { transfers, postings, balances } = booking;
  const at = toSqlTime(now);
  if (transfers.length > 0) {
    await tx.change(
      'INSERT INTO transfers (id, kind, state, reason, from_account, to_account, sum, currency, fingerprint, ' +
        'balance_after, version_after, donation, request_id, created_at) VALUES ?',
      [transfers.map((transfer) => transferRow(transfer, at))],
    );
  }
  if (postings.length > 0) {
    await tx.change('INSERT INTO postings (transfer_id, account_id, amount, currency) VALUES ?', [
      postings.map((p) => [uuidToHex(p.transferId), uuidToHex(p.accountId), p.amount, p.currency]),
    ]);
  }
  if (balances.length > 0) {
    await tx.change(
      'INSERT INTO accounts (id, currency, balance, version) VALUES ? ' +
        'ON DUPLICATE KEY UPDATE balance = VALUES(balance), version = VALUES(version)',
      [[...balances].sort(byId).map((a) => [uuidToHex(a.id), a.currency, a.balance, a.version])],
    );
  }
}

const byId = (one: Account, other: Account) => (one.id < other.id ? -1 : 1);

/** @param at DATETIME text */
function transferRow(transfer: Transfer, at: string) {
  const { id, kind, state, reason, from, to, sum, currency, fingerprint, after, donation, requestId } = transfer;
  return [
    uuidToHex(id),
    kind,
    state,
    reason,
    uuidToHex(from),
    uuidToHex(to),
    sum,
    currency,
    fingerprint,
    after && after.balance,
    after && after.version,
    donation && JSON.stringify(donation),
    requestId && uuidToHex(requestId),
    at,
  ];
}

/** A transfer as far as a repeat of its request needs it. */
export interface StoredTransfer {
  readonly kind: string;
  readonly currency: string;
  readonly fingerprint: string | null;
  /** Minor units; null for a donation. */
  readonly balanceAfter: bigint | null;
  /** RFC 3339. */
  readonly createdAt: string;
}

/** Those of the given transfers that are there, settled or rejected. */
export async function findTransfers(
  tx: Transaction,
  ids: readonly string[],
): Promise<ReadonlyMap<string, StoredTransfer>> {
  if (ids.length === 0) return new Map();
  const rows = await tx.select<{
    id: Buffer;
    kind: string;
    currency: string;
    fingerprint: string | null;
    balance_after: string | null;
    created_at: string;
  }>('SELECT id, kind, currency, fingerprint, balance_after, created_at FROM transfers WHERE id IN (?)', [
    ids.map(uuidToHex),
  ]);
  return new Map(
    rows.map(({ id, kind, currency, fingerprint, balance_after: after, created_at: at }) => [
      bytesToUuid(id),
      { kind, currency, fingerprint, balanceAfter: after === null ? null : BigInt(after), createdAt: fromSqlTime(at) },
    ]),
  );
}

/** A donation as its refund needs it. */
export interface BookedDonation {
  readonly donate: Static<typeof Donation>;
  /** Minor units. */
  readonly sum: bigint;
  readonly isSettled: boolean;
}

/** A donation that was booked or rejected, or null where the id is of none. */
export async function findDonation(tx: Transaction, donateId: string): Promise<BookedDonation | null> {
  const [row] = await tx.select<
    Row & { state: string; from_account: Buffer; to_account: Buffer; sum: string; currency: string } & {
      donation: string | null;
      created_at: string;
    }
  >(
    'SELECT state, from_account, to_account, sum, currency, donation, created_at FROM transfers ' +
      "WHERE id = ? AND kind = 'donation'",
    [uuidToBytes(donateId)],
  );
  if (!row) return null;
  const sum = BigInt(row.sum);
  // Of one from before the column, what the ledger itself knows: who, to whom and how much.
  const donate = row.donation
    ? (JSON.parse(row.donation) as Static<typeof Donation>)
    : {
        donate_id: donateId,
        owner_id: bytesToUuid(row.to_account),
        from: { uuid: bytesToUuid(row.from_account), type: 'client' as const, name: '' },
        sum: formatAmount(sum, row.currency),
        currency: row.currency,
        created_at: fromSqlTime(row.created_at),
      };
  return { donate, sum, isSettled: row.state === 'settled' };
}

/** A refund that was booked. */
export interface BookedRefund {
  readonly id: string;
  readonly currency: string;
  /** The donor's, right after it, in minor units. */
  readonly balanceAfter: bigint;
  /** RFC 3339. */
  readonly createdAt: string;
}

/** The refunds that have this id or were asked for by this request: two at most. */
export async function findRefunds(tx: Transaction, refundId: string, requestId: string): Promise<BookedRefund[]> {
  const rows = await tx.select<Row & { id: Buffer; currency: string; balance_after: string; created_at: string }>(
    'SELECT id, currency, balance_after, created_at FROM transfers WHERE id = ? OR request_id = ?',
    [uuidToBytes(refundId), uuidToBytes(requestId)],
  );
  return rows.map((row) => ({
    id: bytesToUuid(row.id),
    currency: row.currency,
    balanceAfter: BigInt(row.balance_after),
    createdAt: fromSqlTime(row.created_at),
  }));
}
