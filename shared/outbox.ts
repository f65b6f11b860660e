import type { Knex } from 'knex';
import { randomUUID } from 'node:crypto';
import type { Transaction } from './database.ts';
import type { OutRecord } from './kafka.ts';
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

/**
 * Makes room for bundles, in a later migration than the table: `events` says how many a row holds. A row of one is as it
 * always was, so that processes of the release before go on writing.
 */
export async function addOutboxBundles(knex: Knex): Promise<void> {
  await knex.schema.alterTable('outbox', (table) => {
    table.specificType('events', 'INT NOT NULL DEFAULT 1');
  });
}

/** Undoes `addOutboxBundles`. @throws where bundles wait, which nobody could read without it */
export async function dropOutboxBundles(knex: Knex): Promise<void> {
  const waiting = await knex('outbox').where('topic', '').first('id');
  if (waiting) throw new Error('bundles wait in the outbox: let the relay pass them on first');
  await knex.schema.alterTable('outbox', (table) => table.dropColumn('events'));
}

/** So many events of one transaction are written as bundles: each row costs MySQL and its replica far more than its bytes. */
export const BUNDLED_FROM = 32;
/** A bundle that is longer takes no more events. */
const BUNDLE_CHARACTERS = 393_216;
/** Between the texts of a bundle; JSON has no such character but escaped. */
const SEPARATOR = '\x1e';

/**
 * Writes entries into the context's outbox, in their order; a single one that still waits there is left as it is. Many
 * of one transaction share a row: there, only the listeners tell one that is written twice.
 */
export async function insertOutbox(tx: Transaction, entries: readonly OutboxEntry[]): Promise<void> {
  if (entries.length === 0) return;
  if (entries.length >= BUNDLED_FROM && entries.every(({ record }) => !String(record.value).includes(SEPARATOR))) {
    return insertBundles(tx, entries);
  }
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

/** A bundle is about as large as a request to the broker, and its own id is nobody else's. */
async function insertBundles(tx: Transaction, entries: readonly OutboxEntry[]): Promise<void> {
  for (let from = 0, to = 0; from < entries.length; from = to) {
    let payload = '';
    for (; to < entries.length && payload.length < BUNDLE_CHARACTERS; to++) {
      payload += `${to === from ? '' : SEPARATOR}${toTexts((entries[to] as OutboxEntry).record)}`;
    }
    const row = [`bundle:${randomUUID()}`, '', '', '', payload, to - from];
    await tx.change('INSERT INTO outbox (event_id, topic, record_key, headers, payload, events) VALUES ?', [[row]]);
  }
}

function toTexts({ topic, key, headers, value }: OutRecord): string {
  return `${JSON.stringify([topic, key, headers])}${SEPARATOR}${String(value)}`;
}

/** A row of the outbox, with all columns that its events are made of. */
export type OutboxRow = Readonly<Record<'topic' | 'record_key' | 'headers' | 'payload', string>> & {
  readonly id: number | string;
};

/** The columns of an `OutboxRow`. */
export const OUTBOX_COLUMNS = 'id, topic, record_key, headers, payload';

/** The events of a row, in their order. */
export function readOutboxRow({ topic, record_key: key, headers, payload: value }: OutboxRow): OutRecord[] {
  if (topic !== '')
    return [{ topic: topic as TopicName, key, headers: JSON.parse(headers) as OutRecord['headers'], value }];
  const texts = value.split(SEPARATOR);
  return Array.from({ length: texts.length / 2 }, (_, at) => {
    const place = JSON.parse(texts[2 * at] as string) as [TopicName, string | null, OutRecord['headers']];
    return { topic: place[0], key: place[1], headers: place[2], value: texts[2 * at + 1] as string };
  });
}

/** The newest id that waits in the context's outbox; "0" where none does. */
export async function newestWaiting(tx: Transaction): Promise<string> {
  const [row] = await tx.select<{ newest: string | null }>('SELECT MAX(id) AS newest FROM outbox');
  return row?.newest ?? '0';
}

/** How many events wait in the context's outbox, up to and with this id. */
export async function countWaiting(tx: Transaction, through: string): Promise<number> {
  const [row] = await tx.select<{ waiting: string }>(
    'SELECT COALESCE(SUM(events), 0) AS waiting FROM outbox WHERE id <= ?',
    [through],
  );
  return Number(row?.waiting ?? 0);
}

/** The Redis channel that says "something waits in this database's outbox". */
export function outboxChannel(databaseName: string): string {
  return `outbox:${databaseName}`;
}
