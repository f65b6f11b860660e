import type { Knex } from 'knex';
import { addOutboxBundles, dropOutboxBundles } from '../../shared/outbox.ts';

/** Many events of one transaction share a row of the outbox. */
export const up = (knex: Knex): Promise<void> => addOutboxBundles(knex);

export const down = (knex: Knex): Promise<void> => dropOutboxBundles(knex);
