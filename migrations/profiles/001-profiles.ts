import type { Knex } from 'knex';
import { createRuntimeTables, dropRuntimeTables } from '../../shared/runtime-tables.ts';

const ASCII = 'CHARACTER SET ascii COLLATE ascii_bin NOT NULL';

/** What people say of themselves, a row a person. */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('profiles', (table) => {
    table.charset('utf8mb4');
    table.collate('utf8mb4_unicode_520_ci');
    table.specificType('uuid', 'BINARY(16) NOT NULL PRIMARY KEY');
    // By the collation "Ann", "ann" and "Ánn" are one nickname. NULL: deleted with its person.
    table.specificType('nickname', 'VARCHAR(32) NULL');
    table.specificType('about', "VARCHAR(500) NOT NULL DEFAULT ''");
    table.specificType('avatar', 'BINARY(16) NULL');
    table.specificType('messages_from', `VARCHAR(16) ${ASCII}`);
    table.specificType('status', `VARCHAR(16) ${ASCII} DEFAULT 'active'`);
    table.specificType('version', 'BIGINT NOT NULL');
    table.specificType('created_at', 'DATETIME(6) NOT NULL');
    table.specificType('updated_at', 'DATETIME(6) NOT NULL');
    table.unique(['nickname']);
    // Each change is stamped later than the latest: read at the index's end.
    table.index(['updated_at']);
  });
  await createRuntimeTables(knex);
}

export async function down(knex: Knex): Promise<void> {
  await dropRuntimeTables(knex);
  await knex.schema.dropTableIfExists('profiles');
}
