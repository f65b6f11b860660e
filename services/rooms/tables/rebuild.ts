import { sleep } from '../../../shared/clock.ts';
import type { Database, Parameter, Row, Transaction } from '../../../shared/database.ts';
import { AppError } from '../../../shared/errors.ts';
import { bytesToUuid } from '../../../shared/ids.ts';

/** A table that is built again beside the one that stands. */
export interface RebuiltTable {
  readonly name: string;
  /** What a row is known by. */
  readonly key: readonly string[];
  /** What must be the same in both; the other columns are taken over. */
  readonly compared: readonly string[];
}

/** A row that is not what its sources say. */
export interface Difference {
  readonly table: string;
  readonly id: string;
  /** Never the text of a message. */
  readonly detail: string;
}

/** The first of the differences, and how many there are. */
export interface Differences {
  readonly named: readonly Difference[];
  readonly inAll: number;
}

/** At most so many differences of a kind are named. */
const MAXIMUM_NAMED_ROWS = 20;
const INSERTED_ROWS = 1_000;
const WAIT_FOR_WRITERS_S = 30;
const WAIT_FOR_RENAME_MS = 10_000;

export const rebuiltName = (table: string) => `${table}_rebuilt`;
const replacedName = (table: string) => `${table}_replaced`;

/** A table to be made: `<name>_rebuilt`, of the form of `like`. */
export interface Wanted {
  readonly name: string;
  readonly like: string;
}

/** Makes empty tables of the same form beside those that stand. */
export async function createRebuilt(database: Database, tables: readonly Wanted[]): Promise<void> {
  await dropRebuilt(database, tables);
  for (const { name, like } of tables) await database.change(`CREATE TABLE ${rebuiltName(name)} LIKE ${like}`);
}

export async function dropRebuilt(database: Database, tables: readonly Wanted[]): Promise<void> {
  for (const { name } of tables) await database.change(`DROP TABLE IF EXISTS ${rebuiltName(name)}`);
}

/** Inserts rows by the thousand. */
export async function insertRebuilt(
  tx: Transaction,
  table: string,
  columns: readonly string[],
  rows: readonly (readonly Parameter[])[],
): Promise<void> {
  for (let from = 0; from < rows.length; from += INSERTED_ROWS) {
    const some = rows.slice(from, from + INSERTED_ROWS);
    await tx.change(`INSERT INTO ${rebuiltName(table)} (${columns.join(', ')}) VALUES ?`, [some]);
  }
}

/** Holds a rebuilt table against the one that stands, both as of the transaction's snapshot. */
export async function compareRebuilt(tx: Transaction, { name, key, compared }: RebuiltTable): Promise<Differences> {
  const joined = key.map((column) => `built.${column} = stands.${column}`).join(' AND ');
  const [built, stands] = [`${rebuiltName(name)} built`, `${name} stands`];
  const isOther = compared.map((column) => `NOT (built.${column} <=> stands.${column})`).join(' OR ');
  const kinds = [
    ['is missing', 'built', `${built} LEFT JOIN ${stands} ON ${joined} WHERE stands.${key[0]} IS NULL`],
    ['has no source', 'stands', `${stands} LEFT JOIN ${built} ON ${joined} WHERE built.${key[0]} IS NULL`],
    ...(isOther ? [['differs', 'built', `${built} JOIN ${stands} ON ${joined} WHERE ${isOther}`] as const] : []),
  ] as const;
  const found: Differences[] = [];
  for (const [kind, side, from] of kinds) {
    const shown = kind === 'differs' ? compared.filter((column) => column !== 'body') : [];
    const values = shown.map((column) => `, stands.${column} AS stands_${column}, built.${column} AS built_${column}`);
    const keys = key.map((column) => `${side}.${column}`).join(', ');
    const rows = await tx.select(`SELECT ${keys}${values.join('')} FROM ${from} LIMIT ${MAXIMUM_NAMED_ROWS}`);
    const [count] =
      rows.length < MAXIMUM_NAMED_ROWS ? [] : await tx.select<{ n: string }>(`SELECT COUNT(*) AS n FROM ${from}`);
    const named = rows.map((row) => ({ table: name, id: idOf(row, key), detail: describe(kind, row, shown) }));
    found.push({ named, inAll: Number(count?.n ?? rows.length) });
  }
  return joinDifferences(found);
}

export function joinDifferences(some: readonly Differences[]): Differences {
  return { named: some.flatMap(({ named }) => named), inAll: some.reduce((sum, { inAll }) => sum + inAll, 0) };
}

function idOf(row: Row, key: readonly string[]): string {
  return key.map((column) => text(row[column])).join('/');
}

function describe(kind: string, row: Row, shown: readonly string[]): string {
  const changed = shown.filter((column) => text(row[`stands_${column}`]) !== text(row[`built_${column}`]));
  if (kind !== 'differs') return kind;
  if (changed.length === 0) return 'another body';
  return changed.map((c) => `${c} is ${text(row[`stands_${c}`])}, not ${text(row[`built_${c}`])}`).join('; ');
}

function text(value: unknown): string {
  return Buffer.isBuffer(value) && value.length === 16 ? bytesToUuid(value) : String(value);
}

/**
 * Does `work` while nobody else rebuilds in this database: two would build into the same tables, and one could put the
 * other's empty one in the place of what stands. @throws AppError where another rebuild is on
 */
export function rebuildAlone<T>(database: Database, work: () => Promise<T>): Promise<T> {
  const lock = `rebuild:${database.name}`;
  return database.transaction(async (tx) => {
    await tx.change('COMMIT'); // The lock is the session's; a transaction that idles would be ended, and its session.
    const [row] = await tx.select<{ held: unknown }>('SELECT GET_LOCK(?, 0) AS held', [lock]);
    if (Number(row?.held) !== 1)
      throw new AppError('rebuilding', `${database.name} is being rebuilt already; try again once that has ended`, {
        retriable: false,
      });
    try {
      return await work();
    } finally {
      await tx.select('SELECT RELEASE_LOCK(?) AS released', [lock]);
    }
  });
}

/**
 * Holds off everybody who writes to a projection while `work` runs: each writer's transaction writes to one of the
 * gates before it writes to anything that follows from it. Once the gates can be read alone no such transaction is open,
 * and the next waits at the gate. A worker waits for 10 s, gives its transaction up and begins it again: nothing is lost.
 * @param work gets a function that lets the writers go on before its own end
 */
export function holdWriters<T>(
  database: Database,
  gates: readonly string[],
  work: (release: () => Promise<void>) => Promise<T>,
): Promise<T> {
  return database.transaction(async (tx) => {
    const release = async () => void (await tx.change('UNLOCK TABLES'));
    await tx.change(`SET SESSION lock_wait_timeout = ${WAIT_FOR_WRITERS_S}`);
    await tx.change(`LOCK TABLES ${gates.map((gate) => `${gate} READ`).join(', ')}`);
    try {
      return await work(release);
    } finally {
      await release();
    }
  });
}

/**
 * Puts the rebuilt tables in the place of those that stand, all in one step, and keeps the old ones as `…_replaced`
 * until the next time. Where the gate is itself replaced, the writers are let go once the renaming stands in the queue
 * for it: the server serves it before them.
 */
export async function swapRebuilt(
  database: Database,
  names: readonly string[],
  gates: readonly string[],
  release: () => Promise<void>,
): Promise<void> {
  for (const name of names) await database.change(`DROP TABLE IF EXISTS ${replacedName(name)}`);
  const steps = names.map((name) => `${name} TO ${replacedName(name)}, ${rebuiltName(name)} TO ${name}`);
  const renaming = database.change(`RENAME TABLE ${steps.join(', ')}`);
  if (names.some((name) => gates.includes(name))) {
    renaming.catch(() => undefined);
    await untilQueued(database);
    await release();
  }
  await renaming;
}

async function untilQueued(database: Database): Promise<void> {
  const deadline = Date.now() + WAIT_FOR_RENAME_MS;
  for (;;) {
    const waiting = await database.select(
      `SELECT id FROM information_schema.processlist
       WHERE db = ? AND info LIKE 'RENAME TABLE%' AND state LIKE 'Waiting for table metadata lock%'`,
      [database.name],
    );
    if (waiting.length > 0) return;
    if (Date.now() > deadline) throw new Error('the renaming was not seen waiting for its turn');
    await sleep(20);
  }
}
