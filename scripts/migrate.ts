/** `node scripts/migrate.ts`: makes each context's database and account and brings its tables up to date. */
import { readdirSync } from 'node:fs';
import { resolve } from 'node:path';
import knex from 'knex';
import { createConnection, type Connection, type RowDataPacket } from 'mysql2/promise';
import {
  contextDatabase,
  migrateOptions,
  tableOwnerUrl,
  type ContextDatabase,
  type MigrateOptions,
} from './context-databases.ts';

const migrationsFolder = resolve(import.meta.dirname, '../migrations');
const lockTimeoutMs = 120_000;

/** Every context that has migrations. */
export function contextsWithTables(): string[] {
  const entries = readdirSync(migrationsFolder, { withFileTypes: true });
  return entries.flatMap((entry) => (entry.isDirectory() ? [entry.name] : [])).sort();
}

/**
 * Brings all contexts' databases up to date under one lock of the server, and tells where each context's own account,
 * which may read and write rows and nothing more, finds its own. Throws when the lock is not had within 120 s.
 */
export async function migrate(options: MigrateOptions): Promise<Record<string, ContextDatabase>> {
  const { contexts = contextsWithTables(), log = () => undefined } = options;
  const databases = Object.fromEntries(contexts.map((context) => [context, contextDatabase(options, context)]));
  const first = options.databaseUrl ?? Object.values(databases)[0]?.url;
  if (first === undefined) return {};
  const admin = await createConnection({ uri: first });
  try {
    await lock(admin, `rostra:migrate:${options.namespace ?? ''}`);
    for (const [context, { url }] of Object.entries(databases)) {
      const from = performance.now();
      const isOurs = options.databaseUrl !== undefined && isSameServer(options.databaseUrl, url);
      if (isOurs) await createDatabase(admin, url);
      const applied = await applyMigrations(context, tableOwnerUrl(options, url));
      const seconds = ((performance.now() - from) / 1000).toFixed(1);
      log(`tables of ${context}: ${applied} of its migrations applied (${seconds} s)`);
    }
  } finally {
    await admin.end(); // and with the connection its lock
  }
  return databases;
}

/** The addresses as variables: `DATABASE_URL_ROOMS`, and `DATABASE_REPLICA_URL_ROOMS` where there is a replica. */
export function databaseVariables(databases: Record<string, ContextDatabase>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(databases).flatMap(([context, { url, replicaUrl }]) => [
      [`DATABASE_URL_${context.toUpperCase()}`, url],
      ...(replicaUrl === undefined ? [] : [[`DATABASE_REPLICA_URL_${context.toUpperCase()}`, replicaUrl]]),
    ]),
  );
}

/** Removes the databases and accounts that `migrate` made for this namespace. */
export async function dropNamespace(
  options: Required<Pick<MigrateOptions, 'databaseUrl' | 'namespace'>> & Pick<MigrateOptions, 'contexts'>,
): Promise<void> {
  const { contexts = contextsWithTables() } = options;
  const admin = await createConnection({ uri: options.databaseUrl });
  try {
    for (const context of contexts) {
      const { database, account } = names(contextDatabase(options, context).url);
      await admin.query(`DROP DATABASE IF EXISTS ${admin.escapeId(database)}`);
      await admin.query(`DROP USER IF EXISTS ${admin.escape(account)}@'%'`);
    }
  } finally {
    await admin.end();
  }
}

async function lock(admin: Connection, name: string): Promise<void> {
  const [rows] = await admin.query<RowDataPacket[]>('SELECT GET_LOCK(?, ?) AS held', [name, lockTimeoutMs / 1000]);
  if (rows[0]?.held !== 1) throw new Error(`another migration has held its lock for ${lockTimeoutMs / 1000} s`);
}

async function createDatabase(admin: Connection, url: string): Promise<void> {
  const { database, account, password } = names(url);
  const user = `${admin.escape(account)}@'%'`;
  const settings = 'CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci';
  await admin.query(`CREATE DATABASE IF NOT EXISTS ${admin.escapeId(database)} ${settings}`);
  await admin.query(`CREATE USER IF NOT EXISTS ${user} IDENTIFIED BY ${admin.escape(password)}`);
  await admin.query(`ALTER USER ${user} IDENTIFIED BY ${admin.escape(password)}`);
  // In a grant an underscore stands for any letter: unescaped, rostra_a could reach into rostrasa.
  const only = admin.escapeId(database).replaceAll('_', '\\_');
  await admin.query(`GRANT SELECT, INSERT, UPDATE, DELETE ON ${only}.* TO ${user}`);
}

async function applyMigrations(context: string, url: string): Promise<number> {
  const database = knex({
    client: 'mysql2',
    connection: url,
    pool: { min: 0, max: 2 },
    migrations: {
      directory: `${migrationsFolder}/${context}`,
      loadExtensions: ['.ts'],
      extension: 'ts',
    },
  });
  try {
    // A killed migration leaves knex's own lock behind; ours, which dies with its connection, already keeps others out.
    await database.migrate.forceFreeMigrationsLock();
    const [, applied] = (await database.migrate.latest()) as [number, string[]];
    return applied.length;
  } finally {
    await database.destroy();
  }
}

function names(url: string): { database: string; account: string; password: string } {
  const { pathname, username, password } = new URL(url);
  return {
    database: decodeURIComponent(pathname.slice(1)),
    account: decodeURIComponent(username),
    password: decodeURIComponent(password),
  };
}

function isSameServer(one: string, other: string): boolean {
  return new URL(one).host === new URL(other).host;
}

if (process.argv[1] === import.meta.filename) await migrate({ ...migrateOptions(process.env), log: console.log });
