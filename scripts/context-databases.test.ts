import { expect, test } from '@jest/globals';
import { contextDatabase, migrateOptions } from './context-databases.ts';

const databaseUrl = 'mysql://admin:secret@host:3306';

test('a context’s account, database and password follow from the admin’s address', () => {
  const { url } = contextDatabase({ databaseUrl }, 'rooms');
  expect(url).toMatch(/^mysql:\/\/rostra_rooms:[\w-]{43}@host:3306\/rostra_rooms$/);
  expect(contextDatabase({ databaseUrl }, 'rooms').url).toBe(url);
  expect(new URL(contextDatabase({ databaseUrl }, 'ledger').url).password).not.toBe(new URL(url).password);
});

test('the replica is asked by the same account', () => {
  const { url, replicaUrl = '' } = contextDatabase({ databaseUrl, replicaUrl: 'mysql://admin:x@replica:1' }, 'rooms');
  expect(new URL(replicaUrl).host).toBe('replica:1');
  expect(new URL(replicaUrl).password).toBe(new URL(url).password);
});

test('an override is taken as it is, and moves to the replica’s host', () => {
  const overrides = { rooms: 'mysql://me:pw@host:3306/mine' };
  expect(contextDatabase({ databaseUrl, overrides, replicaUrl: 'mysql://a:b@replica:1' }, 'rooms')).toEqual({
    url: 'mysql://me:pw@host:3306/mine',
    replicaUrl: 'mysql://me:pw@replica:1/mine',
  });
});

test('a namespace stands between product and context, and must make a name that MySQL takes', () => {
  expect(new URL(contextDatabase({ databaseUrl, namespace: 'a1' }, 'rooms').url).pathname).toBe('/rostra_a1_rooms');
  expect(() => contextDatabase({ databaseUrl, namespace: 'x'.repeat(30) }, 'rooms')).toThrow('no name for a database');
  expect(() => contextDatabase({ databaseUrl, namespace: 'a`b' }, 'rooms')).toThrow('no name for a database');
});

test('without any address the variables that could give one are named', () => {
  expect(() => contextDatabase({}, 'rooms')).toThrow('neither DATABASE_URL nor DATABASE_URL_ROOMS');
});

test('the variables of single contexts are overrides', () => {
  expect(migrateOptions({ DATABASE_URL: databaseUrl, DATABASE_URL_ROOMS: 'mysql://x/y', NAMESPACE: 'n' })).toEqual({
    databaseUrl,
    namespace: 'n',
    overrides: { rooms: 'mysql://x/y' },
    replicaOverrides: {},
  });
});
