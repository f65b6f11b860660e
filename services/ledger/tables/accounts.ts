import type { Transaction } from '../../../shared/database.ts';
import { bytesToUuid, uuidToBytes, uuidToHex } from '../../../shared/ids.ts';
import type { Account } from '../account.ts';

/** Every function takes an open transaction. */

const ACCOUNT_COLUMNS = 'id, currency, balance, version, status';

/**
 * ISO 4217's word for "no currency": of a row that was made only to say whether its person is blocked. No money has touched
 * it, and for everybody who asks it is not open. Rows are never removed: one that vanished under a writer who has seen it
 * would be written anew, over what another has booked meanwhile.
 */
export const NO_CURRENCY = 'XXX';

interface AccountRow extends Record<string, unknown> {
  id: Buffer;
  currency: string;
  balance: string;
  version: string;
  status: string;
}

/**
 * Opens what may be opened and is missing, locks all accounts in the order of their ids, and reads them. Every writer
 * locks in that one order, so that no two can wait for each other.
 * @param openable account → currency: those that may be opened
 * @returns the accounts that were open before; one opened just now, by nobody touched yet, is left out
 */
export async function lockAccounts(
  tx: Transaction,
  ids: readonly string[],
  openable: ReadonlyMap<string, string>,
): Promise<ReadonlyMap<string, Account>> {
  if (ids.length === 0) return new Map();
  const sorted = [...new Set(ids)].sort();
  const before = await openAccounts(tx, sorted);
  const isMissing = (id: string) => openable.has(id) && !before.has(id);
  const there = sorted.some(isMissing) ? await openInOrder(tx, sorted, openable) : sorted;
  // The index is named since on a small table a full scan, which waits for rows of others, would seem cheaper.
  const rows = await tx.select<AccountRow>(
    `SELECT ${ACCOUNT_COLUMNS} FROM accounts FORCE INDEX (PRIMARY) WHERE id IN (?) ORDER BY id FOR UPDATE`,
    [there.map(uuidToHex)],
  );
  const wasOpen = ({ id, version, isBlocked }: Account) => before.has(id) || version > 0 || isBlocked;
  const accounts = rows.map(toAccount).filter(wasOpen);
  return new Map(accounts.map((account) => [account.id, account]));
}

async function openAccounts(tx: Transaction, ids: readonly string[]): Promise<ReadonlySet<string>> {
  const rows = await tx.select<{ id: Buffer }>(
    `SELECT id FROM accounts WHERE id IN (?) AND currency <> '${NO_CURRENCY}'`,
    [ids.map(uuidToHex)],
  );
  return new Set(rows.map(({ id }) => bytesToUuid(id)));
}

/**
 * An insert locks too: so the openable ones and the others take turns, run by run, in the one order of ids.
 * @returns those that are locked now. One that was missing at its turn is not, even if somebody opens it meanwhile: to
 *   wait for it then, with locks on later ids in hand, would be against the order.
 */
async function openInOrder(
  tx: Transaction,
  sorted: readonly string[],
  openable: ReadonlyMap<string, string>,
): Promise<readonly string[]> {
  const locked: string[] = [];
  for (let from = 0, to = 0; from < sorted.length; from = to) {
    const isOpenable = openable.has(sorted[from] as string);
    while (to < sorted.length && openable.has(sorted[to] as string) === isOpenable) to++;
    const run = sorted.slice(from, to);
    if (isOpenable) {
      const rows = run.map((id) => [uuidToBytes(id), openable.get(id) as string]);
      await tx.change(
        'INSERT INTO accounts (id, currency) VALUES ? ' +
          `ON DUPLICATE KEY UPDATE currency = IF(currency = '${NO_CURRENCY}', VALUES(currency), currency)`,
        [rows],
      );
      locked.push(...run);
    } else {
      const rows = await tx.select<{ id: Buffer }>(
        'SELECT id FROM accounts FORCE INDEX (PRIMARY) WHERE id IN (?) ORDER BY id FOR UPDATE',
        [run.map(uuidToHex)],
      );
      locked.push(...rows.map(({ id }) => bytesToUuid(id)));
    }
  }
  return locked;
}

/** An account without its lock, or null where it was never opened. */
export async function findAccount(tx: Transaction, id: string): Promise<Account | null> {
  const [row] = await tx.select<AccountRow>(
    `SELECT ${ACCOUNT_COLUMNS} FROM accounts WHERE id = ? AND currency <> '${NO_CURRENCY}'`,
    [uuidToBytes(id)],
  );
  return row ? toAccount(row) : null;
}

export type AccountStatus = 'active' | 'blocked' | 'deleted';

/**
 * Says of people whether they are blocked, for good or until it is lifted, in the order of their ids: in one statement,
 * since of two each would have an order of its own. Whoever has deleted themselves stays so; who has no account gets a
 * row for it.
 */
export async function markAccounts(tx: Transaction, statuses: ReadonlyMap<string, AccountStatus>): Promise<void> {
  if (statuses.size === 0) return;
  const sorted = [...statuses].sort(([one], [other]) => (one < other ? -1 : 1));
  await tx.change(
    'INSERT INTO accounts (id, currency, status) VALUES ? ' +
      "ON DUPLICATE KEY UPDATE status = IF(status = 'deleted', status, VALUES(status))",
    [sorted.map(([id, status]) => [uuidToBytes(id), NO_CURRENCY, status])],
  );
}

function toAccount(row: AccountRow): Account {
  return {
    id: bytesToUuid(row.id),
    currency: row.currency,
    balance: BigInt(row.balance),
    version: Number(row.version),
    isBlocked: row.status !== 'active',
  };
}
