import type { Knex } from 'knex';
import mysql from 'mysql2/promise';
import { backoffMs, sleep } from './clock.ts';
import type { Transaction } from './database.ts';
import { errorText } from './errors.ts';
import type { OutRecord, Producer } from './kafka.ts';
import type { Logger } from './logger.ts';
import { counter, gauge } from './metrics.ts';
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

/** The Redis channel that says "something waits in this database's outbox". */
export function outboxChannel(databaseName: string): string {
  return `outbox:${databaseName}`;
}

const relayed = counter('rostra_relay_events_total', 'Events moved from an outbox to Kafka', ['database']);
const oldest = gauge('rostra_outbox_oldest_seconds', 'Age of the oldest event in the outbox (active relay only)', [
  'database',
]);

const BATCH = 200;
const POLL_MS = 50;
const LOCK_WAIT_S = 2;

export interface RelayOptions {
  readonly databaseUrl: string;
  readonly producer: Producer;
  readonly log: Logger;
}

export interface Relay {
  /** Something was committed: look at once instead of at the next poll. */
  wake(): void;
  /** True while this process is the one that relays. */
  isActive(): boolean;
  stop(): Promise<void>;
}

/**
 * Moves the outbox to Kafka, in order, from one process at a time: the active relay holds a server-wide lock that bears
 * the database's name on a connection of its own; the others wait for it. Each round reads the oldest rows, has them
 * acknowledged, and deletes exactly those: ids become visible out of order, so there is no cursor to be overtaken.
 * Killed between acknowledgement and deletion it sends again, under the same event ids.
 */
export function startRelay(options: RelayOptions): Relay {
  const name = new URL(options.databaseUrl).pathname.slice(1);
  const log = options.log.child({ relay: name });
  const stopping = new AbortController();
  let wakeUp = Promise.withResolvers<void>();
  let isActive = false;

  const hold = async (connection: mysql.Connection) => {
    if (!(await takeLock(connection, name, stopping.signal))) return;
    isActive = true;
    log.debug('relaying');
    while (!stopping.signal.aborted) {
      const woken = wakeUp.promise;
      const moved = await relayOnce(connection, options.producer, name);
      if (moved === BATCH) continue;
      await Promise.race([woken, sleep(POLL_MS, stopping.signal)]);
    }
  };
  const running = (async () => {
    for (let attempt = 0; !stopping.signal.aborted; attempt++) {
      try {
        const connection = await mysql.createConnection({
          uri: options.databaseUrl,
          connectTimeout: 3_000,
          charset: 'utf8mb4_unicode_520_ci',
        });
        await hold(connection).finally(() => ((isActive = false), connection.destroy()));
        attempt = 0;
      } catch (error) {
        log.warn({ reason: errorText(error) }, 'the relay stumbled; trying again');
        await sleep(50 + backoffMs(attempt, 100, 2_000), stopping.signal);
      }
    }
  })();
  return {
    wake() {
      wakeUp.resolve();
      wakeUp = Promise.withResolvers<void>();
    },
    isActive: () => isActive,
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

async function takeLock(connection: mysql.Connection, name: string, signal: AbortSignal): Promise<boolean> {
  while (!signal.aborted) {
    const [rows] = await connection.query<mysql.RowDataPacket[]>('SELECT GET_LOCK(?, ?) AS held', [
      `relay:${name}`,
      LOCK_WAIT_S,
    ]);
    if (Number(rows[0]?.['held']) === 1) return true;
  }
  return false;
}

async function relayOnce(connection: mysql.Connection, producer: Producer, name: string): Promise<number> {
  const [rows] = await connection.query<mysql.RowDataPacket[]>(
    'SELECT id, topic, record_key, headers, payload, TIMESTAMPDIFF(MICROSECOND, created_at, NOW(6)) AS age_us ' +
      `FROM outbox ORDER BY id LIMIT ${BATCH}`,
  );
  oldest.set({ database: name }, Number(rows[0]?.['age_us'] ?? 0) / 1e6);
  if (rows.length === 0) return 0;
  await producer.send(rows.map(toRecord));
  await connection.query('DELETE FROM outbox WHERE id IN (?)', [rows.map((row) => row['id'] as number)]);
  relayed.inc({ database: name }, rows.length);
  return rows.length;
}

function toRecord(row: mysql.RowDataPacket): OutRecord {
  return {
    topic: row['topic'] as TopicName,
    key: row['record_key'] as string,
    headers: JSON.parse(row['headers'] as string) as Record<string, string>,
    value: row['payload'] as string,
  };
}
