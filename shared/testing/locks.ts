import { createConnection, type RowDataPacket } from 'mysql2/promise';
import type { Database, Transaction } from '../database.ts';
import { fromStack } from './environment.ts';
import { until } from './until.ts';

/** The same database, whose transactions are counted by their runs: who falls victim to a deadlock runs again. */
export interface CountedDatabase extends Database {
  runs(): number;
}

/** What a test does at a statement that changes rows; the transaction goes on behind it. */
export interface Hooks {
  before?(sql: string): Promise<unknown>;
  after?(sql: string): Promise<unknown>;
}

export function countedDatabase(database: Database, { before, after }: Hooks = {}): CountedDatabase {
  let runs = 0;
  const through = (tx: Transaction): Transaction => ({
    select: (sql, parameters) => tx.select(sql, parameters),
    async change(sql, parameters) {
      await before?.(sql);
      const changed = await tx.change(sql, parameters);
      await after?.(sql);
      return changed;
    },
  });
  return {
    ...database,
    transaction: (work) =>
      database.transaction((tx) => {
        runs += 1;
        return work(through(tx));
      }),
    runs: () => runs,
  };
}

/**
 * Waits until so many transactions of this database wait for a row, which only the stack's administrator sees. Read from
 * the engine's report: what information_schema shows of it does not change while somebody asks again and again.
 */
export async function untilWaiting({ name }: Database, number = 1): Promise<void> {
  const connection = await createConnection({ uri: fromStack('DATABASE_URL') });
  const waiting = new RegExp(`of table \`${name}\`\\S+ trx id .* waiting`, 'g');
  try {
    await until(async () => {
      const [[row]] = await connection.query<RowDataPacket[]>('SHOW ENGINE INNODB STATUS');
      // Before this heading stands the last deadlock, whose waiting is over.
      const transactions = String(row?.['Status']).split('\nTRANSACTIONS\n').at(-1) ?? '';
      return (transactions.match(waiting)?.length ?? 0) >= number;
    });
  } finally {
    await connection.end();
  }
}
