import { expect, test } from '@jest/globals';
import { createMailer } from './mail.ts';
import { decideConfirm, decideMail, resetMail, type SentMail, type StoredReset } from './reset.ts';
import { startMailSink } from './testing/mail.ts';

const now = new Date('2026-01-01T12:00:00Z');
const stored: StoredReset = { accountId: 'a', expiresAt: new Date(now.getTime() + 1), requestId: null };

test.each<[string, StoredReset | null, string]>([
  ['an unused token', stored, 'fresh'],
  ['the call that has used it', { ...stored, requestId: 'me' }, 'repeat'],
  ['another call', { ...stored, requestId: 'you' }, 'unknown'],
  ['no such token', null, 'unknown'],
  ['a token that ran out', { ...stored, expiresAt: now }, 'unknown'],
  ['a token that ran out after this call has used it', { ...stored, requestId: 'me', expiresAt: now }, 'unknown'],
])('%s', (_what, reset, decision) => expect(decideConfirm(reset, 'me', now)).toBe(decision));

const ago = (...minutes: number[]): SentMail[] =>
  minutes.map((number) => ({ id: `mail ${number}`, issuedAt: new Date(now.getTime() - number * 60_000) }));
const everyMinute = (mails: number) => ago(...Array.from({ length: mails }, (_none, index) => index + 1));

test.each<[string, SentMail[], string]>([
  ['the first', [], 'send'],
  ['one a minute after another', ago(1), 'send'],
  ['one within a minute of another', ago(30, 0.999), 'withhold'],
  ['one beside another whose clock is ahead', ago(-0.1), 'withhold'],
  ['the 20th within an hour', everyMinute(19), 'send'],
  ['the 21st within an hour', everyMinute(20), 'withhold'],
  ['the 21st, an hour after the first', [...ago(60), ...everyMinute(19)], 'send'],
  ['another try of one of them', [...everyMinute(20), { id: 'mine', issuedAt: now }], 'send'],
])('a mail that is %s', (_what, earlier, decision) => expect(decideMail(earlier, 'mine', now)).toBe(decision));

test('a link begins where people reach the pages, and keeps its token behind the #', () => {
  const { to, text } = resetMail('ann@example.com', 'token', 'https://live.example.com/base');
  expect(to).toBe('ann@example.com');
  expect(text).toContain('\nhttps://live.example.com/base/sign-in#reset=token\n');
});

test('without a public URL the mail has the token alone', () => {
  const { text } = resetMail('ann@example.com', 'token', null);
  expect(text).toContain('\ntoken\n');
  expect(text).not.toContain('http');
});

test('what a mail server says of an address stays unsaid', async () => {
  const sink = await startMailSink(undefined, '<ann@example.com> is nobody here');
  const mailer = createMailer(sink.url, 'Rostra <no-reply@localhost>');
  try {
    const sent = mailer.send(resetMail('ann@example.com', 'token', null));
    await expect(sent).rejects.toThrow('the mail server did not take a mail: EENVELOPE 550 RCPT TO');
    expect(sink.mails).toEqual([]);
  } finally {
    mailer.close();
    await sink.stop();
  }
});

test('an address that looks like two is one', async () => {
  const sink = await startMailSink();
  const mailer = createMailer(sink.url, 'Rostra <no-reply@localhost>');
  try {
    await mailer.send(resetMail('ann,bob@example.com', 'token', null)).catch(() => undefined);
    for (const { to } of sink.mails) expect(to).toHaveLength(1);
  } finally {
    mailer.close();
    await sink.stop();
  }
});
