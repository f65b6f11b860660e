import type { Knex } from 'knex';
import { createRuntimeTables, dropRuntimeTables } from '../../shared/runtime-tables.ts';

/** Accounts with their balances, every transfer that was asked for, and the postings of those that settled. */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('accounts', (table) => {
    table.charset('utf8mb4');
    table.collate('utf8mb4_unicode_520_ci');
    table.specificType('id', 'BINARY(16) NOT NULL PRIMARY KEY');
    table.specificType('currency', 'CHAR(3) CHARACTER SET ascii COLLATE ascii_bin NOT NULL');
    // The last guard: whatever the code decides, no account goes below zero.
    table.specificType('balance', 'BIGINT NOT NULL DEFAULT 0 CHECK (balance >= 0)');
    table.specificType('version', 'BIGINT NOT NULL DEFAULT 0');
    table.specificType('status', "VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'active'");
    table.specificType('created_at', 'DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6)');
  });
  await createTransfers(knex);
  await createPostings(knex);
  await createRuntimeTables(knex);
}

/** The primary key is the event's or the caller's id: a transfer that is asked for twice is here once. */
async function createTransfers(knex: Knex): Promise<void> {
  await knex.schema.createTable('transfers', (table) => {
    table.charset('utf8mb4');
    table.collate('utf8mb4_unicode_520_ci');
    table.specificType('id', 'BINARY(16) NOT NULL PRIMARY KEY');
    table.specificType('kind', 'VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL');
    table.specificType('state', 'VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL');
    table.specificType('reason', 'VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NULL');
    table.specificType('from_account', 'BINARY(16) NOT NULL');
    table.specificType('to_account', 'BINARY(16) NOT NULL');
    table.specificType('sum', 'BIGINT NOT NULL CHECK (sum > 0)');
    table.specificType('currency', 'CHAR(3) CHARACTER SET ascii COLLATE ascii_bin NOT NULL');
    table.specificType('fingerprint', 'VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL');
    // What a deposit or payout answered, for its repeats.
    table.specificType('balance_after', 'BIGINT NULL');
    table.specificType('version_after', 'BIGINT NULL');
    table.specificType('created_at', 'DATETIME(6) NOT NULL');
  });
}

/** `id` grows in the order in which an account's postings were made, since each is made under the account's lock. */
async function createPostings(knex: Knex): Promise<void> {
  await knex.schema.createTable('postings', (table) => {
    table.charset('utf8mb4');
    table.collate('utf8mb4_unicode_520_ci');
    table.bigIncrements('id');
    table.specificType('transfer_id', 'BINARY(16) NOT NULL');
    table.specificType('account_id', 'BINARY(16) NOT NULL');
    table.specificType('amount', 'BIGINT NOT NULL');
    table.specificType('currency', 'CHAR(3) CHARACTER SET ascii COLLATE ascii_bin NOT NULL');
    table.unique(['transfer_id', 'account_id']);
    table.index(['account_id', 'id']);
  });
}

export async function down(knex: Knex): Promise<void> {
  await dropRuntimeTables(knex);
  for (const table of ['postings', 'transfers', 'accounts']) await knex.schema.dropTableIfExists(table);
}
