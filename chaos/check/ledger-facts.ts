import type { Row, Transaction } from '../../shared/database.ts';
import { bytesToUuid } from '../../shared/ids.ts';
import { eachRow } from './pages.ts';

/** A row of `transfers` with what its postings come to. */
export interface TransferFact {
  readonly kind: string;
  readonly state: string;
  readonly from: string;
  readonly to: string;
  /** Minor units. */
  readonly sum: bigint;
  readonly currency: string;
  postings: number;
  /** Of those postings, how many take the sum from the one account and give it to the other. */
  debits: number;
  credits: number;
}

/** What the ledger's tables say. */
export interface LedgerFacts {
  readonly transfers: ReadonlyMap<string, TransferFact>;
  /** Account → balance. */
  readonly balances: ReadonlyMap<string, bigint>;
  /** Account → the sum of its postings. */
  readonly posted: ReadonlyMap<string, bigint>;
  /** Currency → the sum of all postings. */
  readonly currencies: ReadonlyMap<string, bigint>;
  /** Transfers that postings name and that are not there. */
  readonly orphans: readonly string[];
}

export async function readLedger(tx: Transaction): Promise<LedgerFacts> {
  const transfers = new Map<string, TransferFact>();
  await eachRow<Row & Record<'id' | 'from_account' | 'to_account', Buffer> & Record<string, string>>(
    tx,
    { columns: 'id, kind, state, from_account, to_account, sum, currency', table: 'transfers', key: 'id' },
    ({ id, kind = '', state = '', from_account, to_account, sum = '', currency = '' }) => {
      const parties = { from: bytesToUuid(from_account), to: bytesToUuid(to_account) };
      const fact = { kind, state, ...parties, sum: BigInt(sum), currency, postings: 0, debits: 0, credits: 0 };
      transfers.set(bytesToUuid(id), fact);
    },
  );
  const balances = new Map<string, bigint>();
  await eachRow<Row & { id: Buffer; balance: string }>(
    tx,
    { columns: 'id, balance', table: 'accounts', key: 'id' },
    ({ id, balance }) => balances.set(bytesToUuid(id), BigInt(balance)),
  );
  return { transfers, balances, ...(await readPostings(tx, transfers)) };
}

async function readPostings(tx: Transaction, transfers: ReadonlyMap<string, TransferFact>) {
  const posted = new Map<string, bigint>();
  const currencies = new Map<string, bigint>();
  const orphans: string[] = [];
  await eachRow<Row & { id: string; transfer_id: Buffer; account_id: Buffer; amount: string; currency: string }>(
    tx,
    { columns: 'id, transfer_id, account_id, amount, currency', table: 'postings', key: 'id' },
    (row) => {
      const account = bytesToUuid(row.account_id);
      const amount = BigInt(row.amount);
      posted.set(account, (posted.get(account) ?? 0n) + amount);
      currencies.set(row.currency, (currencies.get(row.currency) ?? 0n) + amount);
      const id = bytesToUuid(row.transfer_id);
      const transfer = transfers.get(id);
      if (!transfer) return void orphans.push(id);
      transfer.postings++;
      if (row.currency !== transfer.currency) return;
      if (account === transfer.from && amount === -transfer.sum) transfer.debits++;
      if (account === transfer.to && amount === transfer.sum) transfer.credits++;
    },
  );
  return { posted, currencies, orphans };
}
