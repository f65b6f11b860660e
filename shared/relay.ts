import mysql from 'mysql2/promise';
import { backoffMs, sleep, within } from './clock.ts';
import { errorText } from './errors.ts';
import type { Producer } from './kafka.ts';
import type { Logger } from './logger.ts';
import { counter, gauge } from './metrics.ts';
import { RelayRounds, STATEMENT_MS } from './relay-round.ts';

const relayed = counter('rostra_relay_events_total', 'Events moved from an outbox to Kafka', ['database']);
const oldest = gauge('rostra_outbox_oldest_seconds', 'Age of the oldest event in the outbox', ['database']);

/** Where nobody has woken it: it looks this often, and less where it has found nothing for a while. */
const POLL_MS = 50;
const POLL_MAXIMUM_MS = 250;
/** Shorter than a statement may take. */
const LOCK_WAIT_S = 2;
const SILENCE_S = 10;
/** Of that time, how often a relay that waits for the broker says to the server that it lives. */
const PINGS = 5;

export interface RelayOptions {
  readonly databaseUrl: string;
  readonly producer: Producer;
  readonly log: Logger;
  /** Called between the broker's acknowledgement and the deletion: the place where a fault test ends the process. */
  readonly afterAck?: () => void;
  /** The server takes the lock from a relay that has been silent for so long, stopped or cut off; default 10, whole seconds. */
  readonly silenceS?: number;
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
  const { silenceS = SILENCE_S } = options;
  const stopping = new AbortController();
  let nap = new AbortController();
  let isWoken = false;
  let isActive = false;
  let failure: string | null = 'not connected yet';

  const hold = async ({ connection, isCut }: Connected) => {
    const rounds = createRounds(connection, options, name, () => stopping.signal.aborted || isCut());
    const waits = () => ((failure = null), rounds.tellAge());
    if (!(await takeLock(connection, name, stopping.signal, waits))) return;
    [failure, isActive] = [null, true];
    log.debug('relaying');
    try {
      await pinging(connection, (silenceS * 1_000) / PINGS, () => relayUntilStopped(rounds));
    } finally {
      // Also where the broker failed in the middle: what it has is not sent again. A lost connection deletes nothing.
      if (!isCut()) await rounds.deleteAcked();
    }
  };
  const relayUntilStopped = async (rounds: RelayRounds) => {
    let pollMs = POLL_MS;
    while (!stopping.signal.aborted) {
      isWoken = false;
      const { moved, isMoreWaiting } = await rounds.run();
      failure = null;
      pollMs = moved > 0 ? POLL_MS : Math.min(2 * pollMs, POLL_MAXIMUM_MS);
      if (isMoreWaiting || isWoken) continue;
      nap = new AbortController();
      await sleep(pollMs, nap.signal);
    }
  };
  const running = (async () => {
    for (let attempt = 0; !stopping.signal.aborted; attempt++) {
      try {
        const connected = await connect(options.databaseUrl, silenceS, () => nap.abort());
        await hold(connected).finally(() => ((isActive = false), connected.connection.destroy()));
        attempt = 0;
      } catch (error) {
        failure = errorText(error);
        log.warn({ reason: failure }, 'the relay stumbled; trying again');
        await sleep(50 + backoffMs(attempt, 100, 2_000), stopping.signal);
      }
    }
  })();
  const wake = () => ((isWoken = true), nap.abort());
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

function createRounds(
  connection: mysql.Connection,
  { producer, afterAck }: RelayOptions,
  database: string,
  isOver: () => boolean,
): RelayRounds {
  return new RelayRounds(connection, {
    ...{ producer, afterAck, isOver },
    onSent: (events) => relayed.inc({ database }, events),
    onAge: (microseconds) => oldest.set({ database }, microseconds / 1e6),
  });
}

interface Connected {
  readonly connection: mysql.Connection;
  /** True once the server or the way to it has gone, and the lock with it. */
  isCut(): boolean;
}

/** @param onCut called when the server or the way to it has gone */
async function connect(databaseUrl: string, silenceS: number, onCut: () => void): Promise<Connected> {
  const connection = await mysql.createConnection({
    uri: databaseUrl,
    connectTimeout: 3_000,
    charset: 'utf8mb4_unicode_520_ci',
  });
  // A connection that is cut while nothing runs on it says so by an event, which unheard would end the process; the
  // next query on it fails, and that is dealt with.
  let isCut = false;
  const cut = () => {
    isCut = true;
    onCut();
  };
  connection.on('error', cut).on('end', cut);
  const session = [`SESSION wait_timeout = ${silenceS}`, 'SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED'];
  for (const setting of session) await within(STATEMENT_MS, connection.query(`SET ${setting}`));
  return { connection, isCut: () => isCut };
}

/** Does the work, and lets the server hear from this connection meanwhile. */
async function pinging(connection: mysql.Connection, everyMs: number, work: () => Promise<void>): Promise<void> {
  const pings = setInterval(() => void connection.ping().catch(() => undefined), everyMs);
  await work().finally(() => clearInterval(pings));
}

/** Waits for the lock; false where the relay is stopped meanwhile. `waits` is called as long as another has it. */
async function takeLock(
  connection: mysql.Connection,
  name: string,
  signal: AbortSignal,
  waits: () => Promise<void>,
): Promise<boolean> {
  let waitS = 0;
  while (!signal.aborted) {
    const asking = connection.query<mysql.RowDataPacket[]>('SELECT GET_LOCK(?, ?) AS held', [`relay:${name}`, waitS]);
    const answer = await unlessAborted(within(STATEMENT_MS, asking), signal);
    if (!answer) return false;
    if (Number(answer[0][0]?.['held']) === 1) return true;
    await waits();
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
