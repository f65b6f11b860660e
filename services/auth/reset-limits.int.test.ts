import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Queue } from 'bullmq';
import { freshId } from '../../shared/ids.ts';
import { until } from '../../shared/testing/until.ts';
import { changePassword, deleteAccount } from './own-account.ts';
import { hashPassword, verifyPassword } from './password.ts';
import { startResetJobs } from './reset-jobs.ts';
import { RESET_QUEUE, resetQueue } from './reset-queue.ts';
import { MAIL_LIMIT, MAIL_LIMIT_MS, MAIL_SPACING_MS } from './reset.ts';
import { startSession } from './sessions.ts';
import { findAccount, insertAccount, lockAccount } from './tables/accounts.ts';
import { ownOf } from './testing/auth.ts';
import { type MailSink, startMailSink } from './testing/mail.ts';
import { openTestWaysIn, type TestWaysIn } from './testing/ways-in.ts';

/** What somebody can do to another person by asking for a new password in their name, again and again. */

const TOKEN = /#reset=([\w-]{43})\r?\n/;
const OLD = 'the old password of Ann';
const NEW = 'the new password of Ann';

let sink: MailSink;
let on: TestWaysIn;
let jobs: { close(): Promise<void> };
let queue: Queue;
let passwordHash: string;
beforeAll(async () => {
  sink = await startMailSink();
  const waysIn = { oauthProviders: new Map(), publicUrl: 'https://live.example.com', mailFrom: 'Rostra <r@localhost>' };
  // The clock stands still until it is moved: what the limits are held against is not how long the steps of a test took.
  const startedMs = Date.now();
  on = await openTestWaysIn({ ...waysIn, smtpUrl: sink.url }, () => startedMs);
  jobs = startResetJobs({ ...on.options, redisUrl: on.redisUrl });
  queue = new Queue(RESET_QUEUE, { connection: on.options.redis, prefix: `${on.options.namespace}jobs` });
  passwordHash = await hashPassword(OLD);
});
afterAll(async () => {
  await jobs?.close();
  await on?.close();
  await sink?.stop();
});

let email: string;
let id: string;
beforeEach(async () => {
  email = `${freshId()}@example.com`;
  id = await given();
});

async function given(): Promise<string> {
  const uuid = freshId();
  const account = { id: uuid, phone: null, email, isEmailVerified: false, nickname: null, passwordHash };
  await insertAccount(on.database, { ...account, registerId: null, registerFingerprint: null, createdAt: new Date() });
  return uuid;
}

const untilIdle = () =>
  until(async () => (await queue.getJobCountByTypes('waiting', 'active', 'delayed', 'prioritized')) === 0);
const tokens = () =>
  sink.mails.filter(({ to }) => to.includes(email)).map(({ text }) => TOKEN.exec(text)?.[1] ?? 'none');

/** Asks for a mail, and waits until it was sent or withheld. @returns how many were sent by then */
async function asked(): Promise<number> {
  const answer = await on.ingress.send({ path: '/password/reset', body: { email } });
  expect(answer).toMatchObject({ status: 200, json: { success: true } });
  await untilIdle();
  return tokens().length;
}

const confirm = (token: string | undefined, password = NEW) =>
  on.ingress.send({ path: '/password/reset/confirm', body: { token, password } });
const badToken = { status: 400, json: { message: 'bad params', errors: [{ path: '/token' }] } };

async function signedIn() {
  const how = { by: 'password', userAgent: '' };
  return ownOf(await on.database.transaction((tx) => startSession(tx, on.options, { id }, how)));
}

/** Begins what needs the account's lock, and lets it go on once so many of it wait for it. */
async function atOnce<T>(waiting: number, begin: () => Promise<T>): Promise<T> {
  const blocked =
    "SELECT 1 FROM information_schema.PROCESSLIST WHERE DB = DATABASE() AND INFO LIKE '%accounts%' " +
    'AND ID <> CONNECTION_ID()';
  const { begun } = await on.database.transaction(async (tx) => {
    await lockAccount(tx, id);
    const begun = begin();
    await until(async () => (await tx.select(blocked)).length >= waiting);
    return { begun };
  });
  return begun;
}

describe('whoever asks again and again', () => {
  test('takes no token away: after 30 times the first one works', async () => {
    for (let time = 0; time < 30; time++, on.later(55_000)) await asked();
    // 55 s are too close to the one before, 110 s are not.
    expect(new Set(tokens()).size).toBe(15);
    expect((await confirm(tokens()[0])).status).toBe(200);
  });

  test('sends twenty mails an hour, and is answered as before', async () => {
    for (let mail = 1; mail <= MAIL_LIMIT; mail++, on.later(MAIL_SPACING_MS)) expect(await asked()).toBe(mail);
    expect(await asked()).toBe(MAIL_LIMIT);
    on.later(MAIL_LIMIT_MS - (MAIL_LIMIT + 1) * MAIL_SPACING_MS);
    expect(await asked()).toBe(MAIL_LIMIT);
    on.later(MAIL_SPACING_MS);
    expect(await asked()).toBe(MAIL_LIMIT + 1);
    // The second of the twenty is a minute younger than the first.
    expect(await asked()).toBe(MAIL_LIMIT + 1);
  });

  test('sends none within a minute of another', async () => {
    expect(await asked()).toBe(1);
    on.later(MAIL_SPACING_MS - 10_000);
    expect(await asked()).toBe(1);
    on.later(10_000);
    expect(await asked()).toBe(2);
  });

  test('sends one of many that are wanted at once', async () => {
    const wanted = resetQueue(on.options);
    await atOnce(3, () => Promise.all(Array.from({ length: 30 }, () => wanted.add(freshId(), { account: id }))));
    await untilIdle();
    expect(tokens()).toHaveLength(1);
  });

  test('begins no new count by a used token, a changed password or another account with the address', async () => {
    await asked();
    expect((await confirm(tokens()[0])).status).toBe(200);
    expect(await asked()).toBe(1);
    const wanted = { old_password: NEW, password: OLD, user_agent: '' };
    await changePassword(on.options, { ...(await signedIn()), ...wanted });
    expect(await asked()).toBe(1);
    await deleteAccount(on.options, await signedIn());
    id = await given();
    expect(await asked()).toBe(1);
    on.later(MAIL_SPACING_MS);
    expect(await asked()).toBe(2);
  });
});

describe('of several tokens of one person', () => {
  beforeEach(async () => {
    for (let mail = 0; mail < 3; mail++, on.later(MAIL_SPACING_MS)) await asked();
  });

  test.each([0, 1, 2])('number %d works, and the others no more', async (used) => {
    expect((await confirm(tokens()[used])).status).toBe(200);
    for (const token of tokens()) expect(await confirm(token, 'yet another password')).toMatchObject(badToken);
    const account = await findAccount(on.database, id);
    expect(await verifyPassword(account?.passwordHash ?? null, NEW)).toBe(true);
  });

  test('one works where all are brought at once', async () => {
    const passwords = tokens().map((_token, index) => `password number ${index}`);
    const answers = await atOnce(3, () =>
      Promise.all(tokens().map((token, index) => confirm(token, passwords[index]))),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 400, 400]);
    const winner = passwords[answers.findIndex(({ status }) => status === 200)] ?? '';
    const account = await findAccount(on.database, id);
    expect(await verifyPassword(account?.passwordHash ?? null, winner)).toBe(true);
  });

  test('none works once the password was changed by themselves', async () => {
    await changePassword(on.options, { ...(await signedIn()), old_password: OLD, password: NEW, user_agent: '' });
    for (const token of tokens()) expect(await confirm(token)).toMatchObject(badToken);
  });

  test('none is kept once the account was deleted', async () => {
    await deleteAccount(on.options, await signedIn());
    expect(
      await on.database.select('SELECT 1 FROM password_resets WHERE account_id = UNHEX(?)', [id.replaceAll('-', '')]),
    ).toEqual([]);
    for (const token of tokens()) expect(await confirm(token)).toMatchObject(badToken);
  });
});
