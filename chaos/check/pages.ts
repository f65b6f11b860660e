import { setTimeout as sleep } from 'node:timers/promises';
import type { Parameter, Row, Transaction } from '../../shared/database.ts';
import { AppError } from '../../shared/errors.ts';

const PAGE_ROWS = 10_000;
const MAXIMUM_TRIES = 4;
const RETRY_MS = 300;

interface Paged {
  readonly columns: string;
  readonly table: string;
  /** A column that grows from row to row, indexed, and one of `columns`. */
  readonly key: string;
  /** Which rows, where not all. */
  readonly where?: { readonly sql: string; readonly parameters: readonly Parameter[] };
}

/** Gives every row of a table to `take`, in pages of 10,000 along its key, so that no statement takes long. */
export async function eachRow<R extends Row>(
  tx: Transaction,
  { columns, table, key, where }: Paged,
  take: (row: R) => void,
): Promise<void> {
  for (let after: Parameter = null; ;) {
    const conditions = [...(where ? [where.sql] : []), ...(after === null ? [] : [`${key} > ?`])].join(' AND ');
    const parameters = [...(where?.parameters ?? []), ...(after === null ? [] : [after])];
    const sql = `SELECT ${columns} FROM ${table} ${conditions && `WHERE ${conditions}`} ORDER BY ${key} LIMIT ${PAGE_ROWS}`;
    const rows: R[] = await patiently(() => tx.select<R>(sql, parameters));
    for (const row of rows) take(row);
    if (rows.length < PAGE_ROWS) return;
    after = rows.at(-1)?.[key] as Parameter;
  }
}

/** Asks again where the server was out of reach: connections that a fault broke are found out only by their use. */
export async function patiently<T>(ask: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof AppError && error.retriable) || attempt === MAXIMUM_TRIES) throw error;
      await sleep(RETRY_MS);
    }
  }
}
