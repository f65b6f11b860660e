import type { Knex } from 'knex';

const TABLES = ['donor_contributions', 'goal_contributions'];

/** A contribution that was given back stays, and counts nothing. */
export async function up(knex: Knex): Promise<void> {
  for (const name of TABLES) {
    await knex.schema.alterTable(name, (table) => table.specificType('refunded_at', 'DATETIME(6) NULL'));
  }
}

export async function down(knex: Knex): Promise<void> {
  for (const name of TABLES) await knex.schema.alterTable(name, (table) => table.dropColumn('refunded_at'));
}
