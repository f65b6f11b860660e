import type { Knex } from 'knex';
import mysql from 'mysql2/promise';
import { backoffMs, sleep, within } from './clock.ts';
import type { Transaction } from './database.ts';
import { errorText } from './errors.ts';
import type { OutRecord, Producer } from './kafka.ts';
import type { Logger } from './logger.ts';
import { counter, gauge } from './metrics.ts';
import { splitBySize } from './record-size.ts';
import type { TopicName } from './topics.ts';

/**
 * Events that wait in MySQL for Kafka. A row is written in the transaction of the effect it tells of, after the
 * aggregate's lock was taken, so that rows of one key stand in the order of their effects.
 */
export interface OutboxEntry {
  readonly eventId: string;
  readonly record: OutRecord;
}

/** The outbox table, alike in every context; called by the context's first migration. */
export async function createOutboxTable(knex: Knex): Promise<void> {
  await knex.schema.createTable('outbox', (table) => {
    table.charset('utf8mb4');
    table.collate('utf8mb4_unicode_520_ci');
    table.bigIncrements('id');
    table.specificType('event_id', 'VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL');
    table.string('topic', 64).notNullable();
    table.string('record_key', 255).notNullable();
    table.specificType('headers', 'TEXT NOT NULL');
    table.specificType('payload', 'MEDIUMTEXT NOT NULL');
    table.specificType('created_at', 'DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6)');
    table.unique(['event_id']);
  });
}

/** Writes entries into the context's outbox; one that still waits there is left as it is. */
export async function insertOutbox(tx: Transaction, entries: readonly OutboxEntry[]): Promise<void> {
  if (entries.length === 0) return;
  const rows = entries.map(({ eventId, record }) => [
    eventId,
    record.topic,
    record.key,
    JSON.stringify(record.headers),
    String(record.value),
  ]);
  await tx.change(
    'INSERT INTO outbox (event_id, topic, record_key, headers, payload) VALUES ? ON DUPLICATE KEY UPDATE event_id = event_id',
    [rows],
  );
}

/** The newest id that waits in the context's outbox; "0" where none does. */
export async function newestWaiting(tx: Transaction): Promise<string> {
  const [row] = await tx.select<{ newest: string | null }>('SELECT MAX(id) AS newest FROM outbox');
  return row?.newest ?? '0';
}

/** How many events wait in the context's outbox, up to and with this id. */
export async function countWaiting(tx: Transaction, through: string): Promise<number> {
  const [row] = await tx.select<{ waiting: string }>('SELECT COUNT(*) AS waiting FROM outbox WHERE id <= ?', [through]);
  return Number(row?.waiting ?? 0);
}

/** The Redis channel that says "something waits in this database's outbox". */
export function outboxChannel(databaseName: string): string {
  return `outbox:${databaseName}`;
}

const relayed = counter('rostra_relay_events_total', 'Events moved from an outbox to Kafka', ['database']);
const oldest = gauge('rostra_outbox_oldest_seconds', 'Age of the oldest event in the outbox (active relay only)', [
  'database',
]);

const BATCH = 500;
const POLL_MS = 50;
/** A deletion costs a commit, and so as much as all else of a round that moves one event: small rounds share one. */
const DELETED_AT_ONCE = 20;
/** Ids begin with 1; a list must not be empty. */
const NO_ROW = 0;
const LOCK_WAIT_S = 2;
/** Longer than the wait for the lock; a server that has not answered by then is gone. */
const STATEMENT_MS = 10_000;
const OLDEST =
  'SELECT id, topic, record_key, headers, payload, TIMESTAMPDIFF(MICROSECOND, created_at, NOW(6)) AS age_us ' +
  `FROM outbox WHERE id NOT IN (?) ORDER BY id LIMIT ${BATCH}`;

export interface RelayOptions {
  readonly databaseUrl: string;
  readonly producer: Producer;
  readonly log: Logger;
  /** Called between the broker's acknowledgement and the deletion: the place where a fault test ends the process. */
  readonly afterAck?: () => void;
}

export interface Relay {
  /** Something was committed: look at once instead of at the next poll. */
  wake(): void;
  /** True while this process is the one that relays. */
  isActive(): boolean;
  /** Why this process could not relay now, were it its turn; null where it can. */
  failure(): string | null;
  stop(): Promise<void>;
}

/**
 * Moves the outbox to Kafka, in order, from one process at a time: the active relay holds a server-wide lock that bears
 * the database's name on a connection of its own; the others wait for it. Each round reads the oldest rows, has them
 * acknowledged, and deletes exactly those, a few rounds' together where they are small: ids become visible out of order,
 * so there is no cursor to be overtaken. Killed, or failing, between acknowledgement and deletion it sends again, under the
 * same event ids.
 */
export function startRelay(options: RelayOptions): Relay {
  const name = new URL(options.databaseUrl).pathname.slice(1);
  const log = options.log.child({ relay: name });
  const stopping = new AbortController();
  let nap = new AbortController();
  let isWoken = false;
  let isActive = false;
  let failure: string | null = 'not connected yet';

  const hold = async (connection: mysql.Connection) => {
    if (!(await takeLock(connection, name, stopping.signal, () => (failure = null)))) return;
    isActive = true;
    log.debug('relaying');
    const acked: number[] = [];
    while (!stopping.signal.aborted) {
      isWoken = false;
      const isMoreWaiting = await relayOnce(connection, options, name, acked);
      failure = null;
      if (isMoreWaiting || isWoken) continue;
      nap = new AbortController();
      await sleep(POLL_MS, nap.signal);
    }
    await deleteRows(connection, acked);
  };
  const running = (async () => {
    for (let attempt = 0; !stopping.signal.aborted; attempt++) {
      try {
        const connection = await connect(options.databaseUrl);
        await hold(connection).finally(() => ((isActive = false), connection.destroy()));
        attempt = 0;
      } catch (error) {
        failure = errorText(error);
        log.warn({ reason: failure }, 'the relay stumbled; trying again');
        await sleep(50 + backoffMs(attempt, 100, 2_000), stopping.signal);
      }
    }
  })();
  const wake = () => {
    isWoken = true;
    nap.abort();
  };
  return {
    wake,
    isActive: () => isActive,
    failure: () => failure,
    async stop() {
      stopping.abort();
      wake();
      await running;
    },
  };
}

async function connect(databaseUrl: string): Promise<mysql.Connection> {
  const connection = await mysql.createConnection({
    uri: databaseUrl,
    connectTimeout: 3_000,
    charset: 'utf8mb4_unicode_520_ci',
  });
  // A connection that is cut while nothing runs on it says so by an event, which unheard would end the process; the
  // next query on it fails, and that is dealt with.
  connection.on('error', () => undefined);
  return connection;
}

/** Waits for the lock; false where the relay is stopped meanwhile. `onAnswer` is called at each answer of the server. */
async function takeLock(
  connection: mysql.Connection,
  name: string,
  signal: AbortSignal,
  onAnswer: () => void,
): Promise<boolean> {
  let waitS = 0;
  while (!signal.aborted) {
    const asking = connection.query<mysql.RowDataPacket[]>('SELECT GET_LOCK(?, ?) AS held', [`relay:${name}`, waitS]);
    const answer = await unlessAborted(within(STATEMENT_MS, asking), signal);
    if (!answer) return false;
    onAnswer();
    if (Number(answer[0][0]?.['held']) === 1) return true;
    waitS = LOCK_WAIT_S;
  }
  return false;
}

/** The promise's value, or null as soon as the signal is aborted; leaves no listener behind. */
function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T | null> {
  return new Promise((resolve, reject) => {
    const abort = () => resolve(null);
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

/** Moves the oldest rows, as many as fit into one request; true where more may be waiting. @param acked not yet deleted */
async function relayOnce(
  connection: mysql.Connection,
  options: RelayOptions,
  name: string,
  acked: number[],
): Promise<boolean> {
  const asking = connection.query<mysql.RowDataPacket[]>(OLDEST, [[NO_ROW, ...acked]]);
  const [rows] = await within(STATEMENT_MS, asking);
  oldest.set({ database: name }, Number(rows[0]?.['age_us'] ?? 0) / 1e6);
  const [records = []] = splitBySize(rows.map(toRecord));
  if (records.length > 0) {
    await options.producer.send(records);
    options.afterAck?.();
    relayed.inc({ database: name }, records.length);
    acked.push(...rows.slice(0, records.length).map((row) => row['id'] as number));
  }
  if (records.length === 0 || acked.length >= DELETED_AT_ONCE) await deleteRows(connection, acked);
  return rows.length === BATCH || records.length < rows.length;
}

async function deleteRows(connection: mysql.Connection, ids: number[]): Promise<void> {
  if (ids.length === 0) return;
  await within(STATEMENT_MS, connection.query('DELETE FROM outbox WHERE id IN (?)', [ids]));
  ids.length = 0;
}

function toRecord(row: mysql.RowDataPacket): OutRecord {
  return {
    topic: row['topic'] as TopicName,
    key: row['record_key'] as string,
    headers: JSON.parse(row['headers'] as string) as Record<string, string>,
    value: row['payload'] as string,
  };
}
