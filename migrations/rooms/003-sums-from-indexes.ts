import type { Knex } from 'knex';

/** The proof adds up a donor's and a goal's contributions out of an index alone: the rows lie in the order of their ids. */
const INDEXES = [
  {
    name: 'donor_contributions',
    narrow: ['user_id', 'client_id'],
    wide: ['user_id', 'client_id', 'refunded_at', 'sum'],
  },
  { name: 'goal_contributions', narrow: ['goal_id'], wide: ['goal_id', 'refunded_at', 'sum'] },
];

export async function up(knex: Knex): Promise<void> {
  for (const { name, narrow, wide } of INDEXES) {
    await knex.schema.alterTable(name, (table) => {
      table.index(wide);
      table.dropIndex(narrow);
    });
  }
}

export async function down(knex: Knex): Promise<void> {
  for (const { name, narrow, wide } of INDEXES) {
    await knex.schema.alterTable(name, (table) => {
      table.index(narrow);
      table.dropIndex(wide);
    });
  }
}
