import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Queue } from 'bullmq';
import type { Logger } from '../../shared/logger.ts';
import { freshId } from '../../shared/ids.ts';
import { connectRedis } from '../../shared/redis.ts';
import type { WaysInSettings } from '../../shared/service.ts';
import { testLog } from '../../shared/testing/environment.ts';
import { until } from '../../shared/testing/until.ts';
import { changePassword } from './own-account.ts';
import { hashPassword, verifyPassword } from './password.ts';
import { startResetJobs } from './reset-jobs.ts';
import { RESET_QUEUE, resetQueue } from './reset-queue.ts';
import { MAIL_SPACING_MS, RESET_LIFETIME_MINUTES } from './reset.ts';
import { startSession } from './sessions.ts';
import { type Account, findAccount, insertAccount, setStatus } from './tables/accounts.ts';
import { listOpenSessions } from './tables/sessions.ts';
import { ownOf } from './testing/auth.ts';
import { type MailSink, startMailSink } from './testing/mail.ts';
import { openTestWaysIn, type TestWaysIn } from './testing/ways-in.ts';

/** A new password by mail, over HTTP, with a real queue and a mail server in this process. */

const settings: WaysInSettings = {
  oauthProviders: new Map(),
  smtpUrl: null,
  publicUrl: 'https://live.example.com',
  mailFrom: 'Rostra <no-reply@example.com>',
};
const LINK = /https:\/\/live\.example\.com\/sign-in#reset=([\w-]{43})\r?\n/;
const OLD = 'the old password of Ann';
const NEW = 'the new password of Ann';

let sink: MailSink;
let on: TestWaysIn;
let jobs: { close(): Promise<void> };
let oldHash: string;
beforeAll(async () => {
  sink = await startMailSink();
  on = await openTestWaysIn({ ...settings, smtpUrl: sink.url });
  jobs = startResetJobs({ ...on.options, redisUrl: on.redisUrl });
  oldHash = await hashPassword(OLD);
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
  id = await given({ email });
});

async function given(more: Partial<Account>): Promise<string> {
  const uuid = freshId();
  const empty = { phone: null, email: null, isEmailVerified: false, nickname: null, passwordHash: oldHash };
  const registered = { registerId: null, registerFingerprint: null, createdAt: new Date() };
  await insertAccount(on.database, { ...empty, ...registered, ...more, id: uuid });
  return uuid;
}

const ask = (body: object, headers: Record<string, string> = {}, at = on) =>
  at.ingress.send({ path: '/password/reset', headers, body });
const confirm = (token: unknown, password: unknown = NEW, headers: Record<string, string> = {}) =>
  on.ingress.send({ path: '/password/reset/confirm', headers, body: { token, password } });
const mailsTo = (address: string, from = sink) => from.mails.filter(({ to }) => to.includes(address));
const badToken = { status: 400, json: { message: 'bad params', errors: [{ path: '/token' }] } };

/** Asks for a mail and waits for it. @returns the token that stands in it */
async function mailed(address = email): Promise<string> {
  const before = mailsTo(address).length;
  expect((await ask({ email: address })).status).toBe(200);
  const mails = await until(() => mailsTo(address).length > before && mailsTo(address));
  return LINK.exec(mails.at(-1)?.text ?? '')?.[1] ?? '';
}

async function untilIdle(namespace = on.options.namespace): Promise<void> {
  const queue = new Queue(RESET_QUEUE, { connection: on.options.redis, prefix: `${namespace}jobs` });
  await until(async () => (await queue.getJobCountByTypes('waiting', 'active', 'delayed')) === 0);
}

describe('the mail', () => {
  test('goes to the address of the account, whatever the caller says the host is', async () => {
    const answer = await ask({ email: ` ${email.toUpperCase()}` }, { host: 'evil.example' });
    expect(answer).toMatchObject({ status: 200, json: { success: true } });
    const [mail] = await until(() => mailsTo(email).length > 0 && mailsTo(email));
    expect(mail).toMatchObject({ from: 'no-reply@example.com', to: [email], sender: settings.mailFrom });
    expect(mail?.text).toMatch(LINK);
    expect(mail?.text).not.toContain('evil');
  });

  test('comes by phone and by nickname too', async () => {
    const nickname = `Ann ${id.slice(-8)}`;
    const other = `${freshId()}@example.com`;
    await given({ email: other, nickname, phone: '+442071838750' });
    await ask({ nickname: nickname.toUpperCase() });
    await until(() => mailsTo(other).length === 1);
    on.later(MAIL_SPACING_MS);
    await ask({ phone: '+44 20 7183 8750' });
    await until(() => mailsTo(other).length === 2);
  });

  test('has a token that stands nowhere else', async () => {
    const token = await mailed();
    const keys = await on.options.redis.keys(`${on.options.namespace}jobs:*`);
    const jobsKept = await Promise.all(keys.map((key) => on.options.redis.hgetall(key).catch(() => ({}))));
    expect(JSON.stringify(jobsKept)).not.toContain(token);
    expect(JSON.stringify(jobsKept)).not.toContain(email);
    const rows = await on.database.select('SELECT HEX(token_hash) AS hash FROM password_resets');
    expect(JSON.stringify(rows)).not.toContain(token);
  });

  test('is sent once for one key, and again for another', async () => {
    const key = { 'idempotency-key': freshId() };
    expect((await ask({ email }, key)).headers).not.toHaveProperty('idempotency-hit');
    await until(() => mailsTo(email).length === 1);
    await untilIdle();
    expect(await ask({ email }, key)).toMatchObject({ status: 200, headers: { 'idempotency-hit': 'true' } });
    // The same key of somebody else is another call.
    const other = `${freshId()}@example.com`;
    await given({ email: other });
    expect((await ask({ email: other }, key)).headers).not.toHaveProperty('idempotency-hit');
    await until(() => mailsTo(other).length === 1);
    await untilIdle();
    expect(mailsTo(email)).toHaveLength(1);
    on.later(MAIL_SPACING_MS);
    await mailed();
  });

  test('is not sent to who is blocked', async () => {
    await setStatus(on.database, id, 'blocked');
    expect((await ask({ email })).status).toBe(200);
    await untilIdle();
    expect(mailsTo(email)).toEqual([]);
  });

  test.each([[{}], [{ email: 'a@example.com', nickname: 'Ann' }], [{ email: 'nobody' }], [{ phone: '1' }]])(
    'is not asked for by %j',
    async (body) => {
      expect(await ask(body)).toMatchObject({ status: 400, json: { message: 'bad params' } });
    },
  );
});

test('row 54: who has no account is answered as who has one, and costs as much work', async () => {
  const queue = new Queue(RESET_QUEUE, { connection: on.options.redis, prefix: `${on.options.namespace}jobs` });
  const before = await queue.getCompletedCount();
  const known = await ask({ email });
  const unknown = await ask({ email: `nobody-${email}` });
  await untilIdle();
  const seen = ({ status, json, headers }: typeof known) => {
    const { 'x-request-id': _id, date: _date, ...rest } = headers;
    return { status, json, headers: { ...rest } };
  };
  expect(seen(unknown)).toEqual(seen(known));
  expect(await queue.getCompletedCount()).toBe(before + 2);
  expect(mailsTo(`nobody-${email}`)).toEqual([]);
});

describe('the token', () => {
  test('sets a new password, once; ends every session; and shows whose the address is', async () => {
    const how = { by: 'password', userAgent: '' };
    await on.database.transaction((tx) => startSession(tx, on.options, { id }, how));
    const token = await mailed();
    expect(await confirm(token)).toMatchObject({ status: 200, json: { success: true } });
    const account = await findAccount(on.database, id);
    expect(account?.isEmailVerified).toBe(true);
    expect(await verifyPassword(account?.passwordHash ?? null, NEW)).toBe(true);
    expect(await verifyPassword(account?.passwordHash ?? null, OLD)).toBe(false);
    expect(await listOpenSessions(on.database, id, new Date())).toEqual([]);

    expect(await confirm(token, 'yet another password')).toMatchObject(badToken);
    expect((await findAccount(on.database, id))?.passwordHash).toBe(account?.passwordHash);
  });

  test('works for one of those who bring it at once', async () => {
    const token = await mailed();
    const answers = await Promise.all([1, 2, 3].map((n) => confirm(token, `password number ${n}`)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 400, 400]);
  });

  test('is answered again to the same call, and no other', async () => {
    const token = await mailed();
    const key = { 'idempotency-key': freshId() };
    expect((await confirm(token, NEW, key)).headers).not.toHaveProperty('idempotency-hit');
    const hash = (await findAccount(on.database, id))?.passwordHash;
    expect(await confirm(token, NEW, key)).toMatchObject({ status: 200, headers: { 'idempotency-hit': 'true' } });
    expect(await confirm(token, OLD, key)).toMatchObject({ status: 422, json: { message: 'key reused' } });
    expect(await confirm(token, NEW, { 'idempotency-key': freshId() })).toMatchObject(badToken);
    expect(await confirm(token, NEW)).toMatchObject(badToken);
    expect((await findAccount(on.database, id))?.passwordHash).toBe(hash);
  });

  test('is answered to the same call twice at once, with one effect', async () => {
    const token = await mailed();
    const key = { 'idempotency-key': freshId() };
    const answers = await Promise.all([1, 2, 3].map(() => confirm(token, NEW, key)));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(answers.filter(({ headers }) => headers['idempotency-hit'] === undefined)).toHaveLength(1);
  });

  test('is no more once its person has changed the password by themselves', async () => {
    const token = await mailed();
    const account = (await findAccount(on.database, id)) as Account;
    const how = { by: 'password', userAgent: '' };
    const signed = await on.database.transaction((tx) => startSession(tx, on.options, account, how));
    const wanted = { old_password: OLD, password: `${NEW} of theirs`, user_agent: '' };
    await changePassword(on.options, { ...ownOf(signed), ...wanted });
    expect(await confirm(token)).toMatchObject(badToken);
  });

  test('is no more after half an hour', async () => {
    const token = await mailed();
    on.later(RESET_LIFETIME_MINUTES * 60_000);
    expect(await confirm(token)).toMatchObject(badToken);
    on.later(-RESET_LIFETIME_MINUTES * 60_000);
    expect((await confirm(token)).status).toBe(200);
  });

  test('outlives a password that is none', async () => {
    const token = await mailed();
    for (const password of ['short', 'password1', 'x'.repeat(257)]) {
      const answer = await confirm(token, password);
      expect(answer).toMatchObject({ status: 400, json: { errors: [{ path: '/password' }] } });
    }
    expect((await confirm(token)).status).toBe(200);
  });

  test('is nothing to who was blocked meanwhile', async () => {
    const token = await mailed();
    await setStatus(on.database, id, 'blocked');
    expect(await confirm(token)).toMatchObject(badToken);
    expect((await findAccount(on.database, id))?.passwordHash).toBe(oldHash);
  });

  test.each(['', 'x', 'x'.repeat(43)])('is not %j', async (token) => {
    expect(await confirm(token)).toMatchObject(badToken);
  });
});

test('a mail that the server does not take is tried again, each time with a token of its own', async () => {
  const port = Number(new URL((await stopped(await startMailSink())).url).port);
  const away = await openTestWaysIn({ ...settings, smtpUrl: `smtp://127.0.0.1:${port}` });
  const failures: object[] = [];
  const log = { ...testLog, warn: (fields: object) => void failures.push(fields) } as unknown as Logger;
  const options = { ...away.options, log, redisUrl: away.redisUrl, backoffMs: [20, 200] };
  const patient = startResetJobs(options);
  let back: MailSink | null = null;
  try {
    const registered = { registerId: null, registerFingerprint: null, createdAt: new Date() };
    const account = { id, phone: null, email, isEmailVerified: false, nickname: null, passwordHash: null };
    await insertAccount(away.database, { ...account, ...registered });
    expect((await ask({ email }, {}, away)).status).toBe(200);
    const count = async (table: string) => (await away.database.select(`SELECT 1 FROM ${table}`)).length;
    await until(async () => failures.length >= 2 && (await count('password_resets')) > 1);
    // The retries are no mails of their own: those to one address come a minute apart.
    expect(await count('reset_mails')).toBe(1);
    expect(JSON.stringify(failures)).not.toContain(email);
    const started = (back = await startMailSink(port));
    const [mail] = await until(() => mailsTo(email, started).length > 0 && mailsTo(email, started));
    const body = { token: LINK.exec(mail?.text ?? '')?.[1] ?? '', password: NEW };
    expect((await away.ingress.send({ path: '/password/reset/confirm', body })).status).toBe(200);
    expect(await count('password_resets')).toBe(1);
  } finally {
    await patient.close();
    await back?.stop();
    await away.close();
  }
});

const stopped = async (some: MailSink): Promise<MailSink> => (await some.stop(), some);

test('without a mail server, or an address, a line says so, once and without naming anybody', async () => {
  const silent = await openTestWaysIn(settings);
  const lines: unknown[] = [];
  const log = { ...testLog, warn: (line: unknown) => void lines.push(line) } as unknown as Logger;
  const idle = startResetJobs({ ...silent.options, log, redisUrl: silent.redisUrl });
  try {
    const registered = { registerId: null, registerFingerprint: null, createdAt: new Date() };
    const account = { id, phone: null, email, isEmailVerified: false, nickname: null, passwordHash: null };
    await insertAccount(silent.database, { ...account, ...registered });
    for (let n = 0; n < 3; n++) expect((await ask({ email }, {}, silent)).status).toBe(200);
    await untilIdle(silent.options.namespace);
    expect(lines).toEqual(['somebody wants a new password, but SMTP_URL is not set']);
  } finally {
    await idle.close();
    await silent.close();
  }
});

test('without Redis nothing is promised', async () => {
  const redis = connectRedis('redis://127.0.0.1:9', testLog);
  const queue = resetQueue({ ...on.options, redis });
  await expect(queue.add(freshId(), { account: null })).rejects.toMatchObject({ code: 'queue-away', retriable: true });
  redis.disconnect();
});
