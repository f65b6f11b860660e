import knex, { type Knex } from 'knex';
import { createConnection } from 'mysql2/promise';
import { dropNamespace, migrate } from '../../scripts/migrate.ts';
import { type Database, openDatabase } from '../database.ts';
import type { Context } from '../groups.ts';
import { addOutboxBundles } from '../outbox.ts';
import { createRuntimeTables } from '../runtime-tables.ts';
import { fromStack, testNamespace } from './environment.ts';

const CONNECTIONS = 5;
/** A test that was held up for seconds in the middle of a transaction goes on with it. */
export const PATIENT = { statementTimeoutMs: 60_000, idleTransactionS: 60 } as const;

export interface TestDatabase {
  readonly namespace: string;
  /** The context's own account, with no more rights than in production. */
  readonly url: string;
  readonly replicaUrl: string | null;
  readonly database: Database;
  /** Closes the pool and removes the database. */
  drop(): Promise<void>;
}

/** A database of the test's own with the context's tables, made by its real migrations. */
export async function testDatabase(context: Context, namespace = testNamespace()): Promise<TestDatabase> {
  const databaseUrl = fromStack('DATABASE_URL');
  const replicaUrl = process.env['DATABASE_REPLICA_URL'];
  const migrated = await migrate({ databaseUrl, namespace, contexts: [context], ...(replicaUrl && { replicaUrl }) });
  const own = migrated[context];
  if (!own) throw new Error(`no migrations of ${context}`);
  const database = openDatabase(own.url, CONNECTIONS, PATIENT);
  return {
    namespace,
    url: own.url,
    replicaUrl: own.replicaUrl ?? null,
    database,
    async drop() {
      await database.close();
      await dropNamespace({ databaseUrl, namespace, contexts: [context] });
    },
  };
}

/** The event runtime's tables as all migrations of a context leave them. */
export async function createAllRuntimeTables(builder: Knex): Promise<void> {
  await createRuntimeTables(builder);
  await addOutboxBundles(builder);
}

/** A database with tables of the test's own making, for what no context owns. */
export async function scratchDatabase(
  build: (knex: Knex) => Promise<void>,
  namespace = testNamespace(),
): Promise<TestDatabase> {
  const url = new URL(fromStack('DATABASE_URL'));
  const name = `rostra_${namespace}_scratch`;
  await administer(`CREATE DATABASE ${name} CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci`);
  url.pathname = `/${name}`;
  const builder = knex({ client: 'mysql2', connection: url.href, pool: { min: 0, max: 1 } });
  await build(builder).finally(() => builder.destroy());
  const database = openDatabase(url.href, CONNECTIONS, PATIENT);
  return {
    namespace,
    url: url.href,
    replicaUrl: null,
    database,
    async drop() {
      await database.close();
      await administer(`DROP DATABASE IF EXISTS ${name}`);
    },
  };
}

/** Runs one statement as the stack's administrator. */
export async function administer(sql: string): Promise<void> {
  const connection = await createConnection({ uri: fromStack('DATABASE_URL') });
  await connection.query(sql).finally(() => connection.end());
}
