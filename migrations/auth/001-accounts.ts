import type { Knex } from 'knex';
import { createRuntimeTables, dropRuntimeTables } from '../../shared/runtime-tables.ts';

const ASCII = 'CHARACTER SET ascii COLLATE ascii_bin';

/** Who may log in and how, what they are logged in with, and the keys that sign their tokens. */
export async function up(knex: Knex): Promise<void> {
  await createAccounts(knex);
  await createSessions(knex);
  await createSigningKeys(knex);
  await createCalls(knex);
  await createRuntimeTables(knex);
}

async function createAccounts(knex: Knex): Promise<void> {
  await knex.schema.createTable('accounts', (table) => {
    table.charset('utf8mb4');
    table.collate('utf8mb4_unicode_520_ci');
    table.specificType('id', 'BINARY(16) NOT NULL PRIMARY KEY');
    table.specificType('phone', `VARCHAR(16) ${ASCII} NULL`);
    // Two addresses that only look alike are two people's: compared byte by byte.
    table.specificType('email', 'VARCHAR(254) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL');
    table.specificType('is_email_verified', 'BOOLEAN NOT NULL DEFAULT FALSE');
    table.specificType('nickname', 'VARCHAR(32) NULL');
    // Which word of the profile's the nickname comes from; NULL until the profile has spoken.
    table.specificType('nickname_at', 'DATETIME(6) NULL');
    table.specificType('nickname_version', 'BIGINT NULL');
    table.specificType('password_hash', `VARCHAR(255) ${ASCII} NULL`);
    table.specificType('type', `VARCHAR(8) ${ASCII} NOT NULL DEFAULT 'client'`);
    table.specificType('status', `VARCHAR(16) ${ASCII} NOT NULL DEFAULT 'active'`);
    // The call that registered it, where it had a key; and what that call said, but for the password.
    table.specificType('register_id', 'BINARY(16) NULL');
    table.specificType('register_fingerprint', 'BINARY(32) NULL');
    table.specificType('created_at', 'DATETIME(6) NOT NULL');
    for (const column of ['phone', 'email', 'nickname', 'register_id']) table.unique([column]);
  });
}

async function createSessions(knex: Knex): Promise<void> {
  await knex.schema.createTable('sessions', (table) => {
    table.charset('utf8mb4');
    table.collate('utf8mb4_unicode_520_ci');
    table.specificType('id', 'BINARY(16) NOT NULL PRIMARY KEY');
    table.specificType('account_id', 'BINARY(16) NOT NULL');
    table.specificType('started_by', `VARCHAR(64) ${ASCII} NOT NULL`);
    table.string('user_agent', 200).notNullable();
    table.specificType('created_at', 'DATETIME(6) NOT NULL');
    // When its newest refresh token runs out.
    table.specificType('expires_at', 'DATETIME(6) NOT NULL');
    table.specificType('ended_at', 'DATETIME(6) NULL');
    table.specificType('end_reason', `VARCHAR(32) ${ASCII} NULL`);
    table.index(['account_id', 'ended_at', 'created_at']);
    table.index(['ended_at']);
    table.index(['expires_at']);
  });
  await knex.schema.createTable('refresh_tokens', (table) => {
    table.charset('utf8mb4');
    table.collate('utf8mb4_unicode_520_ci');
    table.specificType('hash', 'BINARY(32) NOT NULL PRIMARY KEY');
    table.specificType('session_id', 'BINARY(16) NOT NULL');
    table.specificType('salt', 'BINARY(32) NULL');
    table.specificType('used_at', 'DATETIME(6) NULL');
    table.specificType('expires_at', 'DATETIME(6) NOT NULL');
    table.index(['expires_at']);
  });
}

async function createSigningKeys(knex: Knex): Promise<void> {
  await knex.schema.createTable('signing_keys', (table) => {
    table.charset('utf8mb4');
    table.collate('utf8mb4_unicode_520_ci');
    table.specificType('kid', `VARCHAR(32) ${ASCII} NOT NULL PRIMARY KEY`);
    // Counts the keys: of two processes that make the next one at once, one meets the other's here.
    table.specificType('generation', 'INT NOT NULL');
    table.specificType('private_key', `TEXT ${ASCII} NOT NULL`);
    table.specificType('public_jwk', `TEXT ${ASCII} NOT NULL`);
    table.specificType('created_at', 'DATETIME(6) NOT NULL');
    table.specificType('signs_from', 'DATETIME(6) NOT NULL');
    table.specificType('retires_at', 'DATETIME(6) NULL');
    table.unique(['generation']);
  });
}

/** Calls with a key whose effect leaves no row that could tell a repeat. */
async function createCalls(knex: Knex): Promise<void> {
  await knex.schema.createTable('calls', (table) => {
    table.charset('utf8mb4');
    table.collate('utf8mb4_unicode_520_ci');
    table.specificType('id', 'BINARY(16) NOT NULL PRIMARY KEY');
    table.specificType('fingerprint', `CHAR(64) ${ASCII} NOT NULL`);
    table.specificType('created_at', 'DATETIME(6) NOT NULL');
  });
}

export async function down(knex: Knex): Promise<void> {
  await dropRuntimeTables(knex);
  for (const table of ['calls', 'signing_keys', 'refresh_tokens', 'sessions', 'accounts']) {
    await knex.schema.dropTableIfExists(table);
  }
}
