import type { Knex } from 'knex';
import { createRuntimeTables, dropRuntimeTables } from '../../shared/runtime-tables.ts';

/** The live room: people, connections, what was written and given, goals, the sponsor, and the history's projection. */
export async function up(knex: Knex): Promise<void> {
  await createPeople(knex);
  await createMessages(knex);
  await createDonations(knex);
  await createGoals(knex);
  await createTotals(knex);
  await createSponsors(knex);
  await createRoomEvents(knex);
  await createRuntimeTables(knex);
}

const ID = 'BINARY(16) NOT NULL';
const OPTIONAL_ID = 'BINARY(16) NULL';
const WORD = 'VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin';
const MINOR_UNITS = 'BIGINT NOT NULL';
const CURRENCY = 'CHAR(3) CHARACTER SET ascii COLLATE ascii_bin NOT NULL';
const TIME = 'DATETIME(6) NOT NULL';
const OPTIONAL_TIME = 'DATETIME(6) NULL';
const NAME = 'VARCHAR(100) NOT NULL';

/** Ids are the events' own, so that an event that comes again meets its row. */
function columns(table: Knex.CreateTableBuilder, types: Readonly<Record<string, string>>): void {
  table.charset('utf8mb4');
  table.collate('utf8mb4_unicode_520_ci');
  for (const [name, type] of Object.entries(types)) table.specificType(name, type);
}

async function createPeople(knex: Knex): Promise<void> {
  const person = { uuid: `${ID} PRIMARY KEY`, name: NAME, created_at: TIME, updated_at: TIME };
  await knex.schema.createTable('users', (table) => columns(table, person));
  await knex.schema.createTable('clients', (table) => columns(table, person));
  // A connection that closed before it was registered leaves a row without a person: it is not to be opened again.
  await knex.schema.createTable('connections', (table) => {
    columns(table, {
      connection_uuid: `${ID} PRIMARY KEY`,
      type: `${WORD} NULL`,
      entity_uuid: OPTIONAL_ID,
      created_at: TIME,
      closed_at: OPTIONAL_TIME,
    });
    table.index(['closed_at']);
  });
}

async function createMessages(knex: Knex): Promise<void> {
  await knex.schema.createTable('messages', (table) => {
    columns(table, {
      id: `${ID} PRIMARY KEY`,
      owner_id: ID,
      from_uuid: ID,
      from_type: `${WORD} NOT NULL`,
      to_uuid: OPTIONAL_ID,
      donate_id: OPTIONAL_ID,
      is_public: 'TINYINT(1) NOT NULL',
      value: 'TEXT NOT NULL',
      created_at: TIME,
      updated_at: TIME,
    });
  });
}

async function createDonations(knex: Knex): Promise<void> {
  await knex.schema.createTable('donations', (table) => {
    columns(table, {
      id: `${ID} PRIMARY KEY`,
      owner_id: ID,
      from_uuid: ID,
      from_type: `${WORD} NOT NULL`,
      sum: `${MINOR_UNITS} CHECK (sum > 0)`,
      currency: CURRENCY,
      has_message: 'TINYINT(1) NOT NULL',
      message_id: OPTIONAL_ID,
      status: `${WORD} NOT NULL`,
      reason: 'VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NULL',
      created_at: TIME,
      updated_at: TIME,
    });
  });
}

/** `position` is the order in which a room's goals were set, since each is set under the lock of its board. */
async function createGoals(knex: Knex): Promise<void> {
  await knex.schema.createTable('goal_boards', (table) =>
    columns(table, { user_id: `${ID} PRIMARY KEY`, version: 'BIGINT NOT NULL' }),
  );
  await knex.schema.createTable('goals', (table) => {
    columns(table, {
      position: 'BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY',
      id: ID,
      user_id: ID,
      name: NAME,
      sum: MINOR_UNITS,
      require_sum: `${MINOR_UNITS} CHECK (require_sum > 0)`,
      currency: CURRENCY,
      version: 'BIGINT NOT NULL',
      ended_by: OPTIONAL_ID,
      ended_at: OPTIONAL_TIME,
      created_at: TIME,
      updated_at: TIME,
    });
    table.unique(['id']);
    table.index(['user_id', 'ended_by', 'position']);
  });
  await knex.schema.createTable('goal_contributions', (table) => {
    columns(table, {
      donate_id: `${ID} PRIMARY KEY`,
      user_id: ID,
      goal_id: OPTIONAL_ID,
      sum: MINOR_UNITS,
      created_at: TIME,
    });
    table.index(['goal_id']);
  });
}

/** A room's donors: each donation once, running totals, and the same by the hour for the leaderboards. */
async function createTotals(knex: Knex): Promise<void> {
  await knex.schema.createTable('donor_contributions', (table) => {
    columns(table, {
      donate_id: `${ID} PRIMARY KEY`,
      user_id: ID,
      client_id: ID,
      sum: MINOR_UNITS,
      settled_at: TIME,
    });
    table.index(['user_id', 'client_id']);
  });
  await knex.schema.createTable('donor_totals', (table) => {
    columns(table, { user_id: ID, client_id: ID, name: NAME, total: MINOR_UNITS, currency: CURRENCY });
    table.primary(['user_id', 'client_id']);
    table.index(['user_id', 'total']);
  });
  await knex.schema.createTable('donor_hours', (table) => {
    columns(table, { user_id: ID, hour: 'DATETIME NOT NULL', client_id: ID, total: MINOR_UNITS });
    table.primary(['user_id', 'hour', 'client_id']);
  });
}

/** `sponsor_tops` decides; `sponsors` is what was told of it, a row for each time that the holder changed. */
async function createSponsors(knex: Knex): Promise<void> {
  await knex.schema.createTable('sponsor_tops', (table) =>
    columns(table, {
      user_id: `${ID} PRIMARY KEY`,
      client_id: OPTIONAL_ID,
      version: 'BIGINT NOT NULL',
    }),
  );
  await knex.schema.createTable('sponsors', (table) => {
    columns(table, {
      user_id: ID,
      version: 'BIGINT NOT NULL',
      client_id: OPTIONAL_ID,
      total: MINOR_UNITS,
      currency: CURRENCY,
      created_at: TIME,
      updated_at: TIME,
    });
    table.primary(['user_id', 'version']);
  });
}

/** What a room shows, in its one order; for a private event, who else than everybody may see it. */
async function createRoomEvents(knex: Knex): Promise<void> {
  await knex.schema.createTable('room_events', (table) => {
    columns(table, {
      position: 'BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY',
      id: ID,
      owner_id: ID,
      type: `${WORD} NOT NULL`,
      is_public: 'TINYINT(1) NOT NULL',
      body: 'TEXT NOT NULL',
      created_at: TIME,
    });
    table.unique(['id']);
    table.index(['owner_id', 'is_public', 'position']);
    table.index(['owner_id', 'position']);
  });
  await knex.schema.createTable('room_event_subjects', (table) => {
    columns(table, { owner_id: ID, subject: ID, position: 'BIGINT UNSIGNED NOT NULL' });
    table.primary(['owner_id', 'subject', 'position']);
    table.index(['owner_id', 'position']);
  });
}

export async function down(knex: Knex): Promise<void> {
  await dropRuntimeTables(knex);
  const tables = ['room_event_subjects', 'room_events', 'sponsors', 'sponsor_tops', 'donor_hours', 'donor_totals'];
  tables.push('donor_contributions', 'goal_contributions', 'goals', 'goal_boards', 'donations', 'messages');
  tables.push('connections', 'clients', 'users');
  await dropRuntimeTables(knex);
  for (const table of tables) await knex.schema.dropTableIfExists(table);
}
