import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { freshId } from '../../shared/ids.ts';
import { countedDatabase, untilWaiting } from '../../shared/testing/locks.ts';
import { oauthAnswers } from './oauth-login.ts';
import { deleteAccount } from './own-account.ts';
import { startSession } from './sessions.ts';
import { findAccount, insertAccount } from './tables/accounts.ts';
import { ownOf } from './testing/auth.ts';
import { openTestWaysIn, startProvider, type TestProvider, type TestWaysIn, travel } from './testing/ways-in.ts';
import type { FinishOauthRequest } from './ways-in-questions.ts';

let provider: TestProvider;
let on: TestWaysIn;
beforeAll(async () => {
  provider = await startProvider();
  const mock = { issuer: provider.issuer, clientId: 'rostra', clientSecret: 'secret' };
  on = await openTestWaysIn({
    oauthProviders: new Map([['mock', mock]]),
    ...{ smtpUrl: null, publicUrl: null, mailFrom: 'Rostra <no-reply@localhost>' },
  });
});
afterAll(async () => {
  await on?.close();
  await provider?.stop();
});

/** Somebody with a session, whose email both sides have verified and whom the provider does not know here yet. */
async function linkable() {
  const id = freshId();
  const email = `${id}@example.com`;
  provider.claims = { sub: id, email, email_verified: true };
  const account = { id, phone: null, email, isEmailVerified: true, nickname: null, passwordHash: null };
  await insertAccount(on.database, { ...account, registerId: null, registerFingerprint: null, createdAt: new Date() });
  const how = { by: 'password', userAgent: '' };
  return { id, own: ownOf(await on.database.transaction((tx) => startSession(tx, on.options, { id }, how))) };
}

test('a first login by a provider and the deletion of its account do not wait for each other', async () => {
  const { id, own } = await linkable();
  const { body } = await travel(on);
  const deleting = countedDatabase(on.database);
  let deleted: Promise<unknown> | undefined;
  const linking = countedDatabase(on.database, {
    async after(sql) {
      if (deleted || !sql.startsWith('INSERT INTO identities')) return;
      deleted = deleteAccount({ ...on.options, database: deleting }, own);
      await untilWaiting(on.database);
    },
  });
  const request = { ...(body as unknown as FinishOauthRequest), iss: '', user_agent: '' };
  const signed = await oauthAnswers({ ...on.options, database: linking }).finishOauth(request);
  await deleted;
  // One to take the state, one to log in, one to delete.
  expect(linking.runs() + deleting.runs()).toBe(3);
  expect(signed).toMatchObject({ uuid: id });
  expect(await findAccount(on.database, id)).toMatchObject({ status: 'deleted' });
  expect(await on.counts()).toMatchObject({ identities: 0 });
});
