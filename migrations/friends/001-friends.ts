import type { Knex } from 'knex';
import { createAnswersTable } from '../../shared/answers.ts';
import { createRuntimeTables, dropRuntimeTables } from '../../shared/runtime-tables.ts';

const STATE = 'VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL';

/** What is between any two people, who blocks whom, and this context's own copy of people's names. */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('people', (table) => {
    table.charset('utf8mb4');
    table.collate('utf8mb4_unicode_520_ci');
    table.specificType('uuid', 'BINARY(16) NOT NULL PRIMARY KEY');
    table.string('name', 100).notNullable();
    table.specificType('status', `${STATE} DEFAULT 'active'`);
    // Of the profile that the name is from; 0 before the first one was heard of.
    table.specificType('profile_version', 'BIGINT NOT NULL DEFAULT 0');
  });
  await createFriendships(knex);
  await createBlocks(knex);
  await createAnswersTable(knex);
  await createRuntimeTables(knex);
}

/** One row for two people, whoever began: `low` is the one whose uuid sorts first. */
async function createFriendships(knex: Knex): Promise<void> {
  await knex.schema.createTable('friendships', (table) => {
    table.charset('utf8mb4');
    table.collate('utf8mb4_unicode_520_ci');
    table.specificType('low', 'BINARY(16) NOT NULL');
    table.specificType('high', 'BINARY(16) NOT NULL');
    table.specificType('state', `${STATE} DEFAULT 'none'`);
    table.specificType('requested_by', 'BINARY(16) NULL');
    table.specificType('version', 'BIGINT NOT NULL DEFAULT 0');
    table.specificType('changed_at', 'DATETIME(6) NOT NULL');
    table.primary(['low', 'high']);
    // A person's relations, newest change first, from either side.
    table.index(['low', 'changed_at', 'high']);
    table.index(['high', 'changed_at', 'low']);
  });
}

async function createBlocks(knex: Knex): Promise<void> {
  await knex.schema.createTable('blocks', (table) => {
    table.charset('utf8mb4');
    table.collate('utf8mb4_unicode_520_ci');
    table.specificType('blocker', 'BINARY(16) NOT NULL');
    table.specificType('blocked', 'BINARY(16) NOT NULL');
    table.specificType('created_at', 'DATETIME(6) NOT NULL');
    table.primary(['blocker', 'blocked']);
    table.index(['blocker', 'created_at', 'blocked']);
    table.index(['blocked']);
  });
}

export async function down(knex: Knex): Promise<void> {
  await dropRuntimeTables(knex);
  for (const table of ['answers', 'blocks', 'friendships', 'people']) await knex.schema.dropTableIfExists(table);
}
