import type { Database } from '../../shared/database.ts';

const WAIT_S = 5;

/**
 * Waits until the replica has all that the primary has committed by now, 5 s at most.
 * @returns false where it has not: what it says is then of an unknown age
 */
export async function untilCaughtUp(primary: Database, replica: Database): Promise<boolean> {
  const [on, there] = await Promise.all([serverOf(primary), serverOf(replica)]);
  if (on.id === there.id) return true;
  const position = await text(primary, on.isMariaDb ? 'SELECT @@gtid_current_pos' : 'SELECT @@GLOBAL.gtid_executed');
  const wait = there.isMariaDb ? 'SELECT MASTER_GTID_WAIT(?, ?)' : 'SELECT WAIT_FOR_EXECUTED_GTID_SET(?, ?)';
  return (await text(replica, wait, [position, WAIT_S])) === '0';
}

async function serverOf(database: Database): Promise<{ id: string; isMariaDb: boolean }> {
  const [id, version] = await Promise.all([text(database, 'SELECT @@server_id'), text(database, 'SELECT VERSION()')]);
  return { id, isMariaDb: version.includes('MariaDB') };
}

async function text(database: Database, sql: string, parameters: (string | number)[] = []): Promise<string> {
  const [row] = await database.select(sql, parameters);
  return String(Object.values(row ?? {})[0]);
}
