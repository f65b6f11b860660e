import { createConnection, type RowDataPacket } from 'mysql2/promise';
import type { Database } from '../database.ts';
import { fromStack } from './environment.ts';
import { until } from './until.ts';

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
