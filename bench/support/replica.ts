import { createConnection, type RowDataPacket } from 'mysql2/promise';
import type { Stack } from '../../scripts/stack/stack.ts';

const mostSeconds = 60;

/**
 * Waits until the replica has done what the primary has, so that the rest of one measurement does not run into the next:
 * both servers are on this machine. Does nothing where there is no replica, or one that does not know MariaDB's GTIDs.
 */
export async function replicaCaughtUp({ env }: Stack): Promise<void> {
  if (!env.DATABASE_REPLICA_URL) return;
  const position = await ask(env.DATABASE_URL, 'SELECT @@gtid_binlog_pos');
  if (position) await ask(env.DATABASE_REPLICA_URL, `SELECT MASTER_GTID_WAIT('${position}', ${mostSeconds})`);
}

async function ask(url: string, sql: string): Promise<string | null> {
  const connection = await createConnection({ uri: url });
  try {
    const [rows] = await connection.query<RowDataPacket[]>(sql);
    return String(Object.values(rows[0] ?? {})[0] ?? '');
  } catch {
    return null;
  } finally {
    await connection.end();
  }
}
