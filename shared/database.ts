import type { Duplex } from 'node:stream';
import mysql from 'mysql2/promise';
import { backoffMs, sleep, within } from './clock.ts';
import { AppError } from './errors.ts';
import { Hex, isList, sqlList } from './sql-literals.ts';

/**
 * MySQL: pools, and the one way to run a transaction. Sums come back as strings of digits (BIGINT never passes through
 * a float), times as UTC text; `tables.ts` of each context turns rows into values.
 */
export type Row = Record<string, unknown>;
export type Parameter = string | number | bigint | boolean | null | Buffer | Hex | readonly Parameter[];

/** What a function in `tables.ts` takes: an open transaction, or a pool for a single statement. */
export interface Transaction {
  /** Runs a SELECT. `?` takes a value, or a list for `IN (?)`, or a list of lists for `VALUES ?`. */
  select<R extends Row = Row>(sql: string, parameters?: readonly Parameter[]): Promise<R[]>;
  /** Runs a statement that changes rows. */
  change(sql: string, parameters?: readonly Parameter[]): Promise<{ affectedRows: number }>;
}

export interface Database extends Transaction {
  readonly name: string;
  /**
   * BEGIN … COMMIT at READ COMMITTED. Deadlocks, lock waits and vanished savepoints roll back explicitly and run `work`
   * again from its start; so do duplicate keys, a few times, since they mean that another worker was faster and the
   * next read sees its row. `work` must touch nothing but the transaction.
   * @throws AppError retriable where the server is out of reach; the last error otherwise
   */
  transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T>;
  /**
   * Every statement of `work` reads the database as it was at one instant, while others go on writing. Of its own writes
   * only plain ones are safe: an INSERT … SELECT would read what is newer, and lock it. Run once, never again.
   */
  snapshot<T>(work: (tx: Transaction) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

export interface DatabaseOptions {
  /** A statement that has no answer by then has lost its server: a half-open connection would else be waited for for ever. */
  readonly statementTimeoutMs?: number;
  /**
   * MariaDB ends a transaction whose owner sleeps so long (a stopped process) by itself, whether it has written or only
   * locked; MySQL has no such variable.
   */
  readonly idleTransactionS?: number;
}

const STATEMENT_TIMEOUT_MS = 10_000;
const IDLE_TRANSACTION_S = 5;

const RERUN = new Set([1213, 1205, 1020, 1305]);
const DUPLICATE = 1062;
const MAXIMUM_RERUNS = 10;
const MAXIMUM_DUPLICATE_RERUNS = 3;

const sessionStatements = (idleTransactionS: number) => [
  'SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED',
  'SET SESSION innodb_lock_wait_timeout = 3',
  `/*M! SET SESSION idle_transaction_timeout = ${idleTransactionS} */`,
  // Of a list of a thousand values MariaDB makes a join, which locks rows in an order of its own.
  '/*M! SET SESSION in_predicate_conversion_threshold = 0 */',
];

const SNAPSHOT = ['SET TRANSACTION ISOLATION LEVEL REPEATABLE READ', 'START TRANSACTION WITH CONSISTENT SNAPSHOT'];

/** @param connections the pool's upper bound: partitions in parallel + 1 in a worker, 5 in a service */
export function openDatabase(
  url: string,
  connections: number,
  { statementTimeoutMs = STATEMENT_TIMEOUT_MS, idleTransactionS = IDLE_TRANSACTION_S }: DatabaseOptions = {},
): Database {
  const pool = mysql.createPool({
    uri: url,
    connectionLimit: connections,
    maxIdle: connections,
    queueLimit: 1_000,
    charset: 'utf8mb4_unicode_520_ci',
    timezone: 'Z',
    dateStrings: true,
    supportBigNumbers: true,
    bigNumberStrings: true,
    connectTimeout: 3_000,
    enableKeepAlive: true,
  });
  // By the connection itself: what the pool hands out is a new wrapper each time.
  const prepared = new WeakSet<mysql.PoolConnection['connection']>();
  const connect = async (): Promise<Session> => {
    const connection = await pool.getConnection();
    const session = openSession(connection, statementTimeoutMs);
    if (!prepared.has(connection.connection)) await prepareSession(session, idleTransactionS);
    prepared.add(connection.connection);
    return session;
  };
  return {
    name: new URL(url).pathname.slice(1),
    select: (sql, parameters) => withConnection(connect, (tx) => tx.select(sql, parameters)),
    change: (sql, parameters) => withConnection(connect, (tx) => tx.change(sql, parameters)),
    transaction: (work) => runTransaction(connect, work),
    snapshot: (work) =>
      attemptTransaction(connect, work, SNAPSHOT).catch((error: unknown) => {
        throw isOutOfReach(error) ? unavailable(error) : error;
      }),
    close: () => pool.end(),
  };
}

/** A pooled connection; whoever has taken it gives it back or destroys it. */
interface Session extends Transaction {
  run(sql: string): Promise<unknown>;
  release(): void;
  destroy(): void;
}

function openSession(connection: mysql.PoolConnection, timeoutMs: number): Session {
  const query = <R extends mysql.QueryResult>(sql: string, parameters?: readonly Parameter[]) =>
    within(timeoutMs, connection.query<R>(sql, parameters?.map(asText))).catch((error: unknown) => {
      throw withoutValues(error);
    });
  return {
    run: (sql) => query(sql),
    async select<R extends Row>(sql: string, parameters: readonly Parameter[] = []) {
      const [rows] = await query<mysql.RowDataPacket[]>(sql, parameters);
      return rows as unknown as R[];
    },
    async change(sql, parameters = []) {
      const [result] = await query<mysql.ResultSetHeader>(sql, parameters);
      return { affectedRows: result.affectedRows };
    },
    release: () => connection.release(),
    destroy() {
      connection.destroy();
      // The client only ends its side and would wait for a server that may never answer.
      (connection.connection as unknown as { stream: Duplex }).stream.destroy();
    },
  };
}

/** MySQL quotes values in two of its messages: the one that is there already, and the one that does not fit. */
const QUOTED_VALUES = [/(Duplicate entry )'.*?'(?= for key)/gs, /(Incorrect \S+ value: )'.*?'(?= for)/gs];

/**
 * The error without what was asked for or written. The driver puts the whole statement into it, phone numbers and
 * password hashes included, and whoever logs the error would log those.
 */
function withoutValues(error: unknown): unknown {
  if (typeof error !== 'object' || error === null || !('sql' in error)) return error;
  delete error.sql;
  for (const name of ['message', 'sqlMessage', 'stack']) {
    const text = (error as Record<string, unknown>)[name];
    if (typeof text !== 'string') continue;
    const cleaned = QUOTED_VALUES.reduce((rest, pattern) => rest.replace(pattern, "$1'…'"), text);
    Object.assign(error, { [name]: cleaned });
  }
  return error;
}

/** A list or hex digits as text, anything else as it is: the driver takes both. */
function asText(parameter: Parameter): unknown {
  if (parameter instanceof Hex) return { toSqlString: () => parameter.literal };
  return isList(parameter) ? { toSqlString: () => sqlList(parameter) } : parameter;
}

async function prepareSession(session: Session, idleTransactionS: number): Promise<void> {
  try {
    for (const statement of sessionStatements(idleTransactionS)) await session.run(statement);
  } catch (error) {
    session.destroy();
    throw error;
  }
}

type Connect = () => Promise<Session>;

async function withConnection<T>(connect: Connect, work: (tx: Transaction) => Promise<T>): Promise<T> {
  try {
    const session = await connect();
    try {
      const result = await work(session);
      session.release();
      return result;
    } catch (error) {
      // What has not answered is still busy with the statement: nobody else may be given that connection.
      if (isOutOfReach(error)) session.destroy();
      else session.release();
      throw error;
    }
  } catch (error) {
    throw isOutOfReach(error) ? unavailable(error) : error;
  }
}

async function runTransaction<T>(connect: Connect, work: (tx: Transaction) => Promise<T>): Promise<T> {
  for (let attempt = 0, duplicates = 0; ; attempt++) {
    try {
      return await attemptTransaction(connect, work);
    } catch (error) {
      if (isOutOfReach(error)) throw unavailable(error);
      const code = errorNumber(error);
      if (code === DUPLICATE && duplicates++ < MAXIMUM_DUPLICATE_RERUNS) continue;
      if (!RERUN.has(code) || attempt >= MAXIMUM_RERUNS) throw error;
      await sleep(20 + backoffMs(attempt, 20, 480));
    }
  }
}

async function attemptTransaction<T>(
  connect: Connect,
  work: (tx: Transaction) => Promise<T>,
  begin: readonly string[] = ['BEGIN'],
): Promise<T> {
  const session = await connect();
  try {
    for (const statement of begin) await session.run(statement);
    const result = await work(session);
    await session.run('COMMIT');
    session.release();
    return result;
  } catch (error) {
    if (isOutOfReach(error)) session.destroy();
    // 1205 rolls back a statement only, and a savepoint would keep its locks: always the whole transaction.
    else
      await session.run('ROLLBACK').then(
        () => session.release(),
        () => session.destroy(),
      );
    throw error;
  }
}

/** MySQL's error number, or 0. */
export function errorNumber(error: unknown): number {
  const number = (error as { errno?: unknown } | null)?.errno;
  return typeof number === 'number' && number > 0 ? number : 0;
}

/** A CHECK was violated: 3819 on MySQL, 4025 on MariaDB (whose name for it misleads). */
export function isCheckViolation(error: unknown): boolean {
  return errorNumber(error) === 3819 || errorNumber(error) === 4025;
}

const OUT_OF_REACH_NUMBERS = new Set([
  1040, 1053, 1079, 1152, 1158, 1159, 1160, 1161, 1184, 1203, 1226, 1836, 1927, 2002, 2006, 2013,
]);

/** The server, or the way to it, is gone: nothing is known about the statement, and the caller may try again. */
export function isOutOfReach(error: unknown): boolean {
  if (OUT_OF_REACH_NUMBERS.has(errorNumber(error))) return true;
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown };
  const text = `${String(code)} ${String(message)}`;
  return /ECONN|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENOTFOUND|PROTOCOL_CONNECTION_LOST|closed state|Queue limit reached|Pool is closed/.test(
    text,
  );
}

function unavailable(cause: unknown): AppError {
  return new AppError('database-unavailable', 'the database is out of reach', { retriable: true, cause });
}

/** What RFC 3339 says finer than milliseconds, to microseconds; a Date knows nothing of it. */
const MICROSECONDS = /\.\d{3}(\d{1,3})/;

/** How our own processes write times: nothing has to be reckoned for them, and there is one or more in every row. */
const UTC = /^\d{4}-\d\d-\d\dT\d\d:\d\d:[0-5]\d\.\d{3,6}Z$/;

/** RFC 3339 → DATETIME(6) text in UTC, to the microsecond. */
export function toSqlTime(time: Date | string): string {
  if (typeof time === 'string' && UTC.test(time)) return `${time.slice(0, 10)} ${time.slice(11, -1)}`;
  if (typeof time !== 'string') return time.toISOString().slice(0, 23).replace('T', ' ');
  return toSqlTime(new Date(time)) + (MICROSECONDS.exec(time)?.[1] ?? '');
}

/** RFC 3339 → µs since 1970. */
export function toMicroseconds(time: string): number {
  return Date.parse(time) * 1_000 + Number((MICROSECONDS.exec(time)?.[1] ?? '').padEnd(3, '0'));
}

/** DATETIME text in UTC → RFC 3339 with at least milliseconds. */
export function fromSqlTime(text: string): string {
  const [date, time = '00:00:00'] = text.split(' ');
  const [seconds, fraction = ''] = time.split('.');
  return `${date}T${seconds}.${fraction.replace(/0+$/, '').padEnd(3, '0')}Z`;
}
