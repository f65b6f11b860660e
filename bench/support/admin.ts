import { type Connection, createConnection, type RowDataPacket } from 'mysql2/promise';
import type { Namespace } from './namespace.ts';

/** A connection that may do everything, for what a measurement sets up and checks. */
export async function withAdmin<T>({ adminUrl }: Namespace, work: (admin: Connection) => Promise<T>): Promise<T> {
  const admin = await createConnection({ uri: adminUrl, supportBigNumbers: true, bigNumberStrings: true });
  try {
    return await work(admin);
  } finally {
    await admin.end();
  }
}

/** The one number that a query answers; 0 for NULL. */
export async function numberOf(admin: Connection, sql: string, parameters: unknown[] = []): Promise<number> {
  const [rows] = await admin.query<RowDataPacket[]>(sql, parameters);
  return Number(Object.values(rows[0] ?? {})[0] ?? 0);
}

/** Makes a database for a measurement's own tables, runs `work`, and drops it. */
export async function withScratch<T>(
  namespace: Namespace,
  work: (database: string, url: string) => Promise<T>,
): Promise<T> {
  const database = `rostra_${namespace.name}_scratch`;
  const url = new URL(namespace.adminUrl);
  url.pathname = `/${database}`;
  await withAdmin(namespace, (admin) => admin.query(`CREATE DATABASE ${database} CHARACTER SET utf8mb4`));
  try {
    return await work(database, url.href);
  } finally {
    await withAdmin(namespace, (admin) => admin.query(`DROP DATABASE ${database}`));
  }
}
