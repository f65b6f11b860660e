import type { Knex } from 'knex';
import { createOutboxTable } from './outbox.ts';
import type { Transaction } from './database.ts';

/** Rows of the inbox and of failed tries are kept longer than any topic keeps its records. */
const KEPT_DAYS = 31;
const PURGE_ROWS = 5_000;

const ASCII = 'CHARACTER SET ascii COLLATE ascii_bin NOT NULL';
const NOW = 'DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6)';
const names = ['outbox', 'inbox', 'listener_tries'] as const;

/**
 * The tables that the event runtime keeps in every context's database, called by the context's first migration:
 * - outbox: events that wait for Kafka
 * - inbox: (listener, event) already applied, for effects that leave no row keyed by their event
 * - listener_tries: how often an event has failed with an unknown error
 */
export async function createRuntimeTables(knex: Knex): Promise<void> {
  await createOutboxTable(knex);
  await knex.schema.createTable('inbox', (table) => {
    table.specificType('listener', `VARCHAR(64) ${ASCII}`);
    table.specificType('event_id', `VARCHAR(64) ${ASCII}`);
    table.specificType('created_at', NOW);
    table.primary(['listener', 'event_id']);
    table.index(['created_at']);
  });
  await knex.schema.createTable('listener_tries', (table) => {
    table.charset('utf8mb4');
    table.collate('utf8mb4_unicode_520_ci');
    table.specificType('listener', `VARCHAR(64) ${ASCII}`);
    table.specificType('event_id', `VARCHAR(64) ${ASCII}`);
    table.specificType('tries', 'INT NOT NULL');
    table.string('reason', 255).notNullable();
    table.specificType('updated_at', NOW);
    table.primary(['listener', 'event_id']);
    table.index(['updated_at']);
  });
}

/** Undoes `createRuntimeTables`. */
export async function dropRuntimeTables(knex: Knex): Promise<void> {
  for (const name of [...names].reverse()) await knex.schema.dropTableIfExists(name);
}

/** Removes what is older than 31 days, at most 5,000 rows a table and call. */
export async function purgeRuntimeTables(database: Transaction): Promise<void> {
  const old = `NOW(6) - INTERVAL ${KEPT_DAYS} DAY`;
  await database.change(`DELETE FROM inbox WHERE created_at < ${old} LIMIT ${PURGE_ROWS}`);
  await database.change(`DELETE FROM listener_tries WHERE updated_at < ${old} LIMIT ${PURGE_ROWS}`);
}
