import type { Knex } from 'knex';

/** The proof adds up an account's postings out of an index alone: the rows themselves lie in the order of time. */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.alterTable('postings', (table) => {
    table.index(['account_id', 'id', 'amount']);
    table.dropIndex(['account_id', 'id']);
  });
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.alterTable('postings', (table) => {
    table.index(['account_id', 'id']);
    table.dropIndex(['account_id', 'id', 'amount']);
  });
}
