import type { Knex } from 'knex';

const ASCII = 'CHARACTER SET ascii COLLATE ascii_bin';

/** Who a person is elsewhere, who is on the way to a provider, and who has asked for a new password. */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('identities', (table) => {
    table.charset('utf8mb4');
    table.collate('utf8mb4_unicode_520_ci');
    // The two that a person is known by for ever (OpenID Connect Core 1.0, 5.7), compared byte by byte.
    table.specificType('issuer', 'VARBINARY(255) NOT NULL');
    table.specificType('subject', 'VARBINARY(255) NOT NULL');
    table.specificType('account_id', 'BINARY(16) NOT NULL');
    table.specificType('provider', `VARCHAR(64) ${ASCII} NOT NULL`);
    table.specificType('created_at', 'DATETIME(6) NOT NULL');
    table.primary(['issuer', 'subject']);
    table.index(['account_id']);
  });
  await knex.schema.createTable('oauth_states', (table) => {
    table.charset('utf8mb4');
    table.collate('utf8mb4_unicode_520_ci');
    table.specificType('state_hash', 'BINARY(32) NOT NULL PRIMARY KEY');
    table.specificType('provider', `VARCHAR(64) ${ASCII} NOT NULL`);
    table.specificType('nonce', `VARCHAR(64) ${ASCII} NOT NULL`);
    table.specificType('redirect_uri', `VARCHAR(2048) ${ASCII} NOT NULL`);
    table.specificType('challenge', `VARCHAR(64) ${ASCII} NOT NULL`);
    table.specificType('expires_at', 'DATETIME(6) NOT NULL');
    table.index(['expires_at']);
  });
  await knex.schema.createTable('password_resets', (table) => {
    table.charset('utf8mb4');
    table.collate('utf8mb4_unicode_520_ci');
    // Several of one person side by side: whoever asks for one more takes none away.
    table.specificType('token_hash', 'BINARY(32) NOT NULL PRIMARY KEY');
    table.specificType('account_id', 'BINARY(16) NOT NULL');
    table.specificType('expires_at', 'DATETIME(6) NOT NULL');
    // The call that has used it; NULL while none has.
    table.specificType('request_id', 'BINARY(16) NULL');
    table.index(['account_id']);
    table.index(['expires_at']);
  });
  // Counted by address, not by account: neither a used token nor a deleted account begins a new count.
  await knex.schema.createTable('reset_mails', (table) => {
    table.charset('utf8mb4');
    table.collate('utf8mb4_unicode_520_ci');
    table.specificType('id', 'BINARY(16) NOT NULL PRIMARY KEY');
    table.specificType('recipient_hash', 'BINARY(32) NOT NULL');
    table.specificType('issued_at', 'DATETIME(6) NOT NULL');
    table.index(['recipient_hash', 'issued_at']);
    table.index(['issued_at']);
  });
}

export async function down(knex: Knex): Promise<void> {
  for (const table of ['reset_mails', 'password_resets', 'oauth_states', 'identities']) {
    await knex.schema.dropTableIfExists(table);
  }
}
