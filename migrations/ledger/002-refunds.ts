import type { Knex } from 'knex';

/** A refund tells of the whole donation, so the ledger keeps it; and a refund keeps the call that asked for it. */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.alterTable('transfers', (table) => {
    // JSON. NULL for what is no donation, and for donations from before this column.
    table.specificType('donation', 'MEDIUMTEXT NULL');
    // A refund's own id comes from its donation; this is what its caller's Idempotency-Key gave.
    table.specificType('request_id', 'BINARY(16) NULL');
    table.unique(['request_id']);
  });
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.alterTable('transfers', (table) => {
    table.dropUnique(['request_id']);
    table.dropColumn('request_id');
    table.dropColumn('donation');
  });
}
