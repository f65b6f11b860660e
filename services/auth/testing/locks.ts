import type { Database, Transaction } from '../../../shared/database.ts';

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
