import { randomBytes } from 'node:crypto';
import { afterAll, expect, test } from '@jest/globals';
import { createConnection, type RowDataPacket } from 'mysql2/promise';
import { contextsWithTables, dropNamespace, migrate } from './migrate.ts';

const databaseUrl = process.env.DATABASE_URL ?? '';
const namespace = `m${randomBytes(4).toString('hex')}`;
const [context = ''] = contextsWithTables();

afterAll(() => dropNamespace({ databaseUrl, namespace }));

test('two migrations at once take turns, and a second one has nothing to do', async () => {
  const lines: string[] = [];
  const options = { databaseUrl, namespace, log: (line: string) => lines.push(line) };
  const [one, other] = await Promise.all([migrate(options), migrate(options)]);
  expect(one).toEqual(other);
  expect(Object.keys(one)).toEqual(contextsWithTables());
  expect(lines.filter((line) => line.startsWith(`tables of ${context}: 0 `))).toHaveLength(1);
});

test('a context’s account reads and writes rows of its own database, and can do nothing else', async () => {
  const url = (await migrate({ databaseUrl, namespace }))[context]?.url ?? '';
  // The underscores of a database's name stand for any letter in a grant that does not escape them.
  const lookalike = `rostra_${namespace}X${context}`;
  await query(databaseUrl, `CREATE DATABASE ${lookalike}`);
  try {
    expect(await query(url, 'SELECT COUNT(*) AS count FROM knex_migrations')).toHaveLength(1);
    await expect(query(url, 'CREATE TABLE t (id INT)')).rejects.toThrow(/CREATE command denied/);
    await expect(query(url, 'DROP TABLE knex_migrations')).rejects.toThrow(/DROP command denied/);
    await expect(query(url, `USE ${lookalike}`)).rejects.toThrow(/Access denied/);
    await expect(query(url, 'SELECT * FROM mysql.user')).rejects.toThrow(/denied/);
  } finally {
    await query(databaseUrl, `DROP DATABASE ${lookalike}`);
  }
});

test('a migration that was killed while it held knex’s lock does not stop the next one', async () => {
  const { pathname } = new URL((await migrate({ databaseUrl, namespace }))[context]?.url ?? '');
  await query(databaseUrl, `UPDATE ${pathname.slice(1)}.knex_migrations_lock SET is_locked = 1`);
  await expect(migrate({ databaseUrl, namespace })).resolves.toHaveProperty(context);
});

test('text is compared without regard to case and accents, in every letter of Unicode', async () => {
  const { pathname } = new URL((await migrate({ databaseUrl, namespace }))[context]?.url ?? '');
  const [row] = await query(
    databaseUrl,
    `SELECT default_collation_name AS collation_ FROM information_schema.schemata WHERE schema_name = '${pathname.slice(1)}'`,
  );
  expect(row?.collation_).toBe('utf8mb4_unicode_520_ci');
});

async function query(url: string, statement: string): Promise<RowDataPacket[]> {
  const connection = await createConnection({ uri: url });
  try {
    const [rows] = await connection.query<RowDataPacket[]>(statement);
    return rows;
  } finally {
    connection.destroy();
  }
}
