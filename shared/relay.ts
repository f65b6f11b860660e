import mysql from 'mysql2/promise';
import { backoffMs, sleep, within } from './clock.ts';
import { errorText } from './errors.ts';
import type { Producer } from './kafka.ts';
import type { Logger } from './logger.ts';
import { counter, gauge } from './metrics.ts';
import { OUTBOX_COLUMNS, type OutboxRow, readOutboxRow } from './outbox.ts';
import { splitBySize } from './record-size.ts';

const relayed = counter('rostra_relay_events_total', 'Events moved from an outbox to Kafka', ['database']);
const oldest = gauge('rostra_outbox_oldest_seconds', 'Age of the oldest event in the outbox (active relay only)', [
  'database',
]);

const BATCH = 500;
/** Where bundles wait, of up to 512 KiB each; also at first, and where much may have come together since the last look. */
const BUNDLES = 2;
const LONG_ROUND_MS = 1_000;
/** Where nobody has woken it: it looks this often, and less where it has found nothing for a while. */
const POLL_MS = 50;
const POLL_MAXIMUM_MS = 250;
/** A deletion costs a commit, and so as much as all else of a round that moves one event: small rounds share one. */
const DELETED_AT_ONCE = 20;
/** Ids begin with 1; a list must not be empty. */
const NO_ROW = 0;
const LOCK_WAIT_S = 2;
/** Longer than the wait for the lock; a server that has not answered by then is gone. */
const STATEMENT_MS = 10_000;
const OLDEST =
  `SELECT ${OUTBOX_COLUMNS}, TIMESTAMPDIFF(MICROSECOND, created_at, NOW(6)) AS age_us ` +
  'FROM outbox WHERE id NOT IN (?) ORDER BY id LIMIT ?';

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
    const progress: Progress = { ids: [], events: 0, rows: BUNDLES };
    let pollMs = POLL_MS;
    while (!stopping.signal.aborted) {
      isWoken = false;
      const { found, isMoreWaiting } = await relayOnce(connection, options, name, progress);
      failure = null;
      pollMs = found > 0 ? POLL_MS : Math.min(2 * pollMs, POLL_MAXIMUM_MS);
      if (isMoreWaiting || isWoken) continue;
      nap = new AbortController();
      await sleep(pollMs, nap.signal);
    }
    await deleteRows(connection, progress);
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

interface Progress {
  /** Rows that the broker has acknowledged whole and that are not deleted yet. */
  ids: OutboxRow['id'][];
  /** In those. */
  events: number;
  /** How many the next round reads. */
  rows: number;
}

/** Moves the oldest rows, a request after the other. @returns how many, and whether more may be waiting */
async function relayOnce(
  connection: mysql.Connection,
  { producer, afterAck }: RelayOptions,
  name: string,
  progress: Progress,
): Promise<{ found: number; isMoreWaiting: boolean }> {
  const startedMs = performance.now();
  const limit = progress.rows;
  const asking = connection.query<mysql.RowDataPacket[]>(OLDEST, [[NO_ROW, ...progress.ids], limit]);
  const rows = (await within(STATEMENT_MS, asking))[0] as (OutboxRow & { age_us: number })[];
  oldest.set({ database: name }, Number(rows[0]?.age_us ?? 0) / 1e6);
  for (const request of splitBySize(rows.flatMap(readOutboxRow))) {
    await producer.send(request);
    afterAck?.();
    relayed.inc({ database: name }, request.length);
    progress.events += request.length;
  }
  progress.ids.push(...rows.map(({ id }) => id));
  if (rows.length === 0 || progress.events >= DELETED_AT_ONCE) await deleteRows(connection, progress);
  const hasBundles = rows.some(({ events }) => Number(events) > 1);
  progress.rows = hasBundles || performance.now() - startedMs > LONG_ROUND_MS ? BUNDLES : BATCH;
  return { found: rows.length, isMoreWaiting: rows.length === limit };
}

async function deleteRows(connection: mysql.Connection, progress: Progress): Promise<void> {
  if (progress.ids.length === 0) return;
  await within(STATEMENT_MS, connection.query('DELETE FROM outbox WHERE id IN (?)', [progress.ids]));
  progress.ids = [];
  progress.events = 0;
}
