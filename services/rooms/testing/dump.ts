import type { Database, Row } from '../../../shared/database.ts';

/** Every row of every table of a database but the runtime's own, to hold two moments against each other. */
export async function dumpTables(database: Database): Promise<Record<string, string[]>> {
  const tables = await database.select<Row & { name: string }>(
    `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = ?
     AND table_name NOT IN ('outbox', 'listener_tries') AND table_name NOT LIKE 'knex%' ORDER BY table_name`,
    [database.name],
  );
  const dump: Record<string, string[]> = {};
  for (const { name } of tables) {
    const rows = await database.select(`SELECT * FROM \`${name}\``);
    dump[name] = rows.map((row) => JSON.stringify(row)).sort();
  }
  return dump;
}
