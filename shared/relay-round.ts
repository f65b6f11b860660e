import type mysql from 'mysql2/promise';
import { within } from './clock.ts';
import { errorText } from './errors.ts';
import type { OutRecord, Producer } from './kafka.ts';
import { OUTBOX_COLUMNS, type OutboxRow, readOutboxRow } from './outbox.ts';
import { splitBySize } from './record-size.ts';

/** Rows of a round, where more wait than are looked at in passing; it ends with the second bundle. */
const BATCH = 500;
const BUNDLES = 2;
/** Mostly a few rows wait: they are read without asking first what they hold. */
const IN_PASSING = 16;
/** A deletion costs a commit, and so as much as all else of a round that moves one event: small rounds share one. */
const DELETED_AT_ONCE = 20;
/** Ids begin with 1; a list must not be empty. */
const NO_ROW = 0;
/** A server that has not answered by then is gone. */
export const STATEMENT_MS = 10_000;

const CONTENTS = `SELECT ${OUTBOX_COLUMNS}, TIMESTAMPDIFF(MICROSECOND, created_at, NOW(6)) AS age_us FROM outbox`;

type Row = OutboxRow & { readonly age_us: number };

export interface RoundOptions {
  readonly producer: Producer;
  /** Called between the broker's acknowledgement and the deletion. */
  readonly afterAck?: (() => void) | undefined;
  /** Told after each request: how many events it held. */
  onSent(events: number): void;
  /** Told at each look: how long the oldest row has waited, µs; 0 where none does. */
  onAge(microseconds: number): void;
  /** Sends no further request of a round once this is true: the lock may be another's by then. */
  isOver(): boolean;
}

/**
 * Rounds of one relay over one connection. Each reads the oldest rows, has their events acknowledged, request after
 * request, and deletes exactly the rows whose events all were. What it holds at once is bounded: 16 rows, or 500 of which
 * two are bundles.
 */
export class RelayRounds {
  readonly #connection: mysql.Connection;
  readonly #options: RoundOptions;
  /** Acknowledged whole, not deleted yet; and how many events they held. */
  #acked: OutboxRow['id'][] = [];
  #ackedEvents = 0;
  #isMuchWaiting = false;

  constructor(connection: mysql.Connection, options: RoundOptions) {
    this.#connection = connection;
    this.#options = options;
  }

  /** @returns how many rows it moved, and whether more may be waiting */
  async run(): Promise<{ moved: number; isMoreWaiting: boolean }> {
    const { rows, isMoreWaiting } = this.#isMuchWaiting ? await this.#readMany() : await this.#readInPassing();
    this.#isMuchWaiting = isMoreWaiting;
    this.#options.onAge(Number(rows[0]?.age_us ?? 0));
    await this.#send(rows);
    if (rows.length === 0 || this.#ackedEvents >= DELETED_AT_ONCE) await this.deleteAcked();
    return { moved: rows.length, isMoreWaiting };
  }

  /** Deletes what was acknowledged and is not deleted yet; to be called before the lock is let go. */
  async deleteAcked(): Promise<void> {
    if (this.#acked.length === 0) return;
    // The index is named since a full scan of a small table would seem cheaper, and would wait for rows not yet committed.
    await this.#query('DELETE o FROM outbox o FORCE INDEX (PRIMARY) WHERE o.id IN (?)', [this.#acked]);
    this.#acked = [];
    this.#ackedEvents = 0;
  }

  /** Says how long the oldest row has waited, for whoever does not relay now. */
  async tellAge(): Promise<void> {
    const [oldest] = await this.#query<Row>(`${CONTENTS} ORDER BY id LIMIT 1`, []);
    this.#options.onAge(Number(oldest?.age_us ?? 0));
  }

  async #readInPassing() {
    const parameters = [[NO_ROW, ...this.#acked], IN_PASSING];
    const rows = await this.#query<Row>(`${CONTENTS} WHERE id NOT IN (?) ORDER BY id LIMIT ?`, parameters);
    return { rows, isMoreWaiting: rows.length === IN_PASSING };
  }

  async #readMany() {
    const sql = 'SELECT id, topic FROM outbox WHERE id NOT IN (?) ORDER BY id LIMIT ?';
    const waiting = await this.#query<Pick<OutboxRow, 'id' | 'topic'>>(sql, [[NO_ROW, ...this.#acked], BATCH]);
    if (waiting.length === 0) return { rows: [], isMoreWaiting: false };
    const bundles = waiting.flatMap(({ topic }, at) => (topic === '' ? [at] : []));
    const taken = waiting.slice(0, (bundles[BUNDLES - 1] ?? waiting.length) + 1);
    const ids = taken.map(({ id }) => id);
    const rows = await this.#query<Row>(`${CONTENTS} WHERE id IN (?) ORDER BY id`, [ids]);
    return { rows, isMoreWaiting: waiting.length === BATCH || taken.length < waiting.length };
  }

  async #send(rows: readonly Row[]): Promise<void> {
    const { records, lasts } = read(rows);
    for (const request of splitBySize(records)) {
      if (this.#options.isOver()) return;
      await this.#options.producer.send(request);
      this.#options.afterAck?.();
      this.#options.onSent(request.length);
      this.#ackedEvents += request.length;
      // A row is finished with the last of its events.
      this.#acked.push(...request.flatMap((record) => lasts.get(record) ?? []));
    }
  }

  async #query<R>(sql: string, parameters: unknown[]): Promise<R[]> {
    const asking = this.#connection.query<mysql.RowDataPacket[]>(sql, parameters);
    return (await within(STATEMENT_MS, asking))[0] as R[];
  }
}

/**
 * The rows' events, and by the last event of each its row's id. Ends before a row that cannot be read.
 * @throws with the id where that is the first one: it holds up all that come after it until a person has looked
 */
function read(rows: readonly OutboxRow[]) {
  const records: OutRecord[] = [];
  const lasts = new Map<OutRecord, OutboxRow['id']>();
  for (const row of rows) {
    try {
      const own = readOutboxRow(row);
      const last = own.at(-1);
      if (!last) throw new Error('it holds nothing');
      records.push(...own);
      lasts.set(last, row.id);
    } catch (error) {
      if (records.length > 0) break;
      throw new Error(`row ${row.id} of the outbox cannot be read: ${errorText(error)}`, { cause: error });
    }
  }
  return { records, lasts };
}
