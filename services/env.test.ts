import { expect, test } from '@jest/globals';
import { readServicesEnvironment } from './env.ts';

const common = {
  KAFKA_BROKERS: 'a:1',
  REDIS_URL: 'redis://r:1',
  DATABASE_URL_AUTH: 'mysql://u@h/auth',
  DATABASE_URL_ROOMS: 'mysql://u@h/rooms',
};
const google = {
  OAUTH_GOOGLE_ISSUER: 'https://accounts.google.com',
  OAUTH_GOOGLE_CLIENT_ID: 'rostra',
  OAUTH_GOOGLE_CLIENT_SECRET: 'secret',
};
const read = (source: Record<string, string>) => readServicesEnvironment({ ...common, ...source }, ['auth']).waysIn;

test('providers are read by the middle of their names, in lower case; one without a secret is a public client', () => {
  const own = { OAUTH_MY_IDP_ISSUER: 'http://127.0.0.1:8080/realms/one', OAUTH_MY_IDP_CLIENT_ID: 'here' };
  expect([...(read({ ...google, ...own })?.oauthProviders ?? [])]).toEqual([
    ['google', { issuer: 'https://accounts.google.com', clientId: 'rostra', clientSecret: 'secret' }],
    ['my_idp', { issuer: 'http://127.0.0.1:8080/realms/one', clientId: 'here', clientSecret: null }],
  ]);
});

test('without any of it nobody comes in by a provider, and no mail is sent', () => {
  expect(read({})).toEqual({
    oauthProviders: new Map(),
    smtpUrl: null,
    publicUrl: null,
    mailFrom: 'Rostra <no-reply@localhost>',
  });
});

test('a link begins with the public URL, whether that ends in a slash or not', () => {
  expect(read({ PUBLIC_URL: 'https://live.example.com/' })?.publicUrl).toBe('https://live.example.com');
  expect(read({ PUBLIC_URL: 'https://example.com/live/' })?.publicUrl).toBe('https://example.com/live');
});

test('it is nothing to a process that does not host the auth context', () => {
  expect(readServicesEnvironment({ ...common, OAUTH_X_ISSUER: 'nonsense' }, ['rooms']).waysIn).toBeNull();
});

test.each<[string, Record<string, string>]>([
  ['OAUTH_GOOGLE_CLIENT_ID', { OAUTH_GOOGLE_ISSUER: 'https://accounts.google.com' }],
  ['OAUTH_GOOGLE_ISSUER', { OAUTH_GOOGLE_CLIENT_ID: 'rostra' }],
  ['OAUTH_GOOGLE_ISSUER', { OAUTH_GOOGLE_CLIENT_SECRET: 'secret' }],
  ['OAUTH_GOOGLE_ISSUER', { ...google, OAUTH_GOOGLE_ISSUER: 'http://accounts.google.com' }],
  ['OAUTH_GOOGLE_ISSUER', { ...google, OAUTH_GOOGLE_ISSUER: 'http://localhost.evil.example' }],
  ['OAUTH_GOOGLE_ISSUER', { ...google, OAUTH_GOOGLE_ISSUER: 'accounts.google.com' }],
  [`OAUTH_${'X'.repeat(33)}_…`, { [`OAUTH_${'X'.repeat(33)}_ISSUER`]: 'https://x.example' }],
  ['SMTP_URL', { SMTP_URL: 'http://mail.example.com' }],
  ['PUBLIC_URL', { PUBLIC_URL: 'live.example.com' }],
  ['PUBLIC_URL', { PUBLIC_URL: 'javascript://live.example.com' }],
  ['MAIL_FROM', { MAIL_FROM: 'Rostra' }],
  ['MAIL_FROM', { MAIL_FROM: 'a@example.com\r\nBcc: b@example.com' }],
])('%s is named where it cannot be right', (name, source) => {
  expect(() => read(source)).toThrow(`${name} `);
});

test('all that is wrong is listed at once', () => {
  const source = { OAUTH_A_ISSUER: 'nonsense', OAUTH_B_ISSUER: 'https://b.example', SMTP_URL: 'mail' };
  const wrong = () => read(source);
  for (const name of ['OAUTH_A_ISSUER', 'OAUTH_A_CLIENT_ID', 'OAUTH_B_CLIENT_ID', 'SMTP_URL']) {
    expect(wrong).toThrow(`${name} `);
  }
});
