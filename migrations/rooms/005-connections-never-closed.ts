import type { Knex } from 'knex';

const NARROW = ['closed_at'];
const WIDE = ['closed_at', 'created_at'];

/** The sweep finds connections that never closed by when they were opened. */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.alterTable('connections', (table) => {
    table.index(WIDE);
    table.dropIndex(NARROW);
  });
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.alterTable('connections', (table) => {
    table.index(NARROW);
    table.dropIndex(WIDE);
  });
}
