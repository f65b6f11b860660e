import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Payload } from '../../shared/events/catalogue.ts';
import { derivedId, freshId, uuidToBytes } from '../../shared/ids.ts';
import { exampleDonation, exampleMessage, exampleRoom } from '../../shared/testing/examples.ts';
import { testDatabase, type TestDatabase } from '../../shared/testing/database.ts';
import { type Given, type Harness, startHarness } from '../../shared/testing/harness.ts';
import { dropConnection } from './listeners/drop-connection.ts';
import { openRoom } from './listeners/open-room.ts';
import { refundDonate } from './listeners/refund-donate.ts';
import { rejectDonate } from './listeners/reject-donate.ts';
import { saveConnection } from './listeners/save-connection.ts';
import { saveDonate } from './listeners/save-donate.ts';
import { saveMessage } from './listeners/save-message.ts';
import { saveNewSponsor } from './listeners/save-new-sponsor.ts';
import { settleDonate } from './listeners/settle-donate.ts';
import { dumpTables } from './testing/dump.ts';
import { givenRefunded, givenRejected, givenSettled } from './testing/given.ts';
import { loseKeys } from './testing/redis.ts';

/** The group `save` on a real database. */
const donating = [saveDonate, settleDonate, rejectDonate, refundDonate];
const listeners = [openRoom, saveConnection, dropConnection, saveMessage, ...donating];
let on: TestDatabase;
let save: Harness;

beforeAll(async () => {
  on = await testDatabase('rooms');
  save = await startHarness(on, [...listeners, saveNewSponsor]);
});
afterAll(async () => {
  await loseKeys(save.redis, on.namespace);
  await save?.close();
  await on?.drop();
});

const message = (given: Partial<Payload<'AddNewMessage'>> = {}): Given & { payload: Payload<'AddNewMessage'> } => {
  const payload = exampleMessage(given);
  return { name: 'AddNewMessage', payload, id: payload.message_id };
};
const asked = (donate: Payload<'AddNewDonate'>): Given => ({
  name: 'AddNewDonate',
  payload: donate,
  id: donate.donate_id,
});
const rows = (sql: string, id: string) => on.database.select(sql, [uuidToBytes(id)]);
const person = async (table: 'users' | 'clients', uuid: string) =>
  (await rows(`SELECT name FROM ${table} WHERE uuid = ?`, uuid))[0]?.['name'];
const donation = async (id: string) => (await rows('SELECT * FROM donations WHERE id = ?', id))[0];
const entries = (ownerId: string) =>
  rows('SELECT type, is_public, body FROM room_events WHERE owner_id = ? ORDER BY position', ownerId);

describe('people', () => {
  test('are known from their first accepted event: the sender a client, the owner of the room a user', async () => {
    const one = message();
    await save.when(one);
    expect(await person('clients', one.payload.from.uuid)).toBe('Vera');
    expect(await person('users', one.payload.owner_id)).toBe('');
  });

  test('keep their newest name, and an empty one takes nothing away', async () => {
    const from = { ...message().payload.from };
    await save.when(message({ from, created_at: '2026-05-01T12:00:02.000Z' }));
    await save.when(message({ from: { ...from, name: 'Old' }, created_at: '2026-05-01T12:00:01.000Z' }));
    await save.when(message({ from: { ...from, name: '' }, created_at: '2026-05-01T12:00:03.000Z' }));
    expect(await person('clients', from.uuid)).toBe('Vera');
    await save.when(message({ from: { ...from, name: 'Vera 2' }, created_at: '2026-05-01T12:00:04.000Z' }));
    expect(await person('clients', from.uuid)).toBe('Vera 2');
  });

  test('who open a room are users, by the name that they gave', async () => {
    const room = exampleRoom({ name: 'Mia live' });
    expect((await save.when({ name: 'AddNewRoom', payload: room })).outcomes).toEqual(['done']);
    expect(await person('users', room.owner.uuid)).toBe('Mia live');
    expect((await save.again()).outcomes).toEqual(['duplicate']);
  });

  test('a donation to somebody whom nobody vouches for makes no room', async () => {
    const donate = exampleDonation({ owner_vouched: false });
    await save.when(asked(donate));
    expect(await person('users', donate.owner_id)).toBeUndefined();
  });
});

describe('connections', () => {
  const opened = (connection_id: string): Given => ({
    name: 'AddNewConnection',
    payload: { connection_id, person: exampleMessage().from, created_at: new Date().toISOString() },
  });
  const closed = (connection_id: string): Given => ({
    name: 'ConnectionClosed',
    payload: { connection_id, created_at: new Date().toISOString() },
  });
  const find = async (id: string) =>
    (await rows('SELECT type, closed_at FROM connections WHERE connection_uuid = ?', id))[0];

  test('are kept with whose they are, once', async () => {
    const id = freshId();
    expect((await save.when(opened(id), opened(id))).outcomes).toEqual(['done', 'done']);
    expect(await find(id)).toMatchObject({ type: 'client', closed_at: null });
    expect((await save.when(opened(id))).outcomes).toEqual(['duplicate']);
  });

  test('that have closed stay closed, also where the registration comes late', async () => {
    const [known, late] = [freshId(), freshId()];
    await save.when(opened(known), closed(known), closed(late), opened(late));
    expect((await find(known))?.['closed_at']).not.toBeNull();
    expect((await find(late))?.['closed_at']).not.toBeNull();
  });
});

describe('messages', () => {
  test('are kept with their place in the room, and only once', async () => {
    const events = [message(), message({ value: '😀 <b>' })];
    const owner_id = freshId();
    const inRoom = events.map(({ payload }) => message({ ...payload, owner_id }));
    expect((await save.when(...inRoom)).outcomes).toEqual(['done', 'done']);
    expect((await save.again()).outcomes).toEqual(['duplicate', 'duplicate']);
    const values = (await entries(owner_id)).map(({ body }) => (JSON.parse(String(body)) as { value: string }).value);
    expect(values).toEqual(['Hello', '😀 <b>']);
  });

  test('in private name who may see them', async () => {
    const one = message({ is_public: false });
    await save.when(one);
    const subjects = await rows('SELECT subject FROM room_event_subjects WHERE owner_id = ?', one.payload.owner_id);
    const expected = [one.payload.from.uuid, one.payload.owner_id].map(uuidToBytes);
    expect(subjects.map(({ subject }) => String(subject)).sort()).toEqual(expected.map(String).sort());
  });

  test('handled by two workers at once are kept once', async () => {
    const other = await startHarness(on, listeners);
    const owner_id = freshId();
    const events = Array.from({ length: 20 }, () => message({ owner_id, is_public: false }));
    const [one, two] = await Promise.all([save.when(...events), other.when(...events)]);
    await other.close();
    expect(await entries(owner_id)).toHaveLength(20);
    const outcomes = [...one.outcomes, ...two.outcomes];
    expect(outcomes.filter((outcome) => outcome === 'done')).toHaveLength(20);
  });
});

describe('donations', () => {
  test('are pending, then settled: in the history, with the comment as a message to come', async () => {
    const donate = exampleDonation({ message: { message: 'for you', is_public: false } });
    expect((await save.when(asked(donate))).emitted).toEqual([]);
    expect(await donation(donate.donate_id)).toMatchObject({ status: 'pending', has_message: 1, message_id: null });
    expect(await entries(donate.owner_id)).toEqual([]);

    const { emitted } = await save.when(givenSettled(donate));
    const messageId = derivedId(donate.donate_id, 'message');
    expect(emitted).toMatchObject([
      { id: messageId, name: 'AddNewMessage', payload: { message_id: messageId, donate_id: donate.donate_id } },
    ]);
    expect(await donation(donate.donate_id)).toMatchObject({
      status: 'settled',
      sum: '1550',
      message_id: uuidToBytes(messageId),
    });
    expect(await entries(donate.owner_id)).toMatchObject([{ type: 'donate', is_public: 1 }]);
    expect(await save.again()).toEqual({ outcomes: ['duplicate'], emitted: [] });
  });

  test('end alike whichever event comes first', async () => {
    const [late, early] = [exampleDonation(), exampleDonation()];
    await save.when(givenSettled(late));
    expect((await save.when(asked(late))).outcomes).toEqual(['duplicate']);
    await save.when(givenRejected(early));
    await save.when(asked(early));
    expect(await donation(late.donate_id)).toMatchObject({ status: 'settled' });
    expect(await donation(early.donate_id)).toMatchObject({ status: 'rejected', reason: 'insufficient_balance' });
  });

  test.each([
    ['settled', givenSettled],
    ['rejected', givenRejected],
    ['refunded', givenRefunded],
  ])('asked for twice under one id, with two owners, are what the ledger says once %s', async (status, said) => {
    const first = exampleDonation();
    const comment = { message: 'for you', is_public: true };
    const second = exampleDonation({ donate_id: first.donate_id, sum: '7.00', currency: 'EUR', message: comment });
    await save.when(asked(first), asked(second));
    expect(await donation(first.donate_id)).toMatchObject({ owner_id: uuidToBytes(first.owner_id) });
    await save.when(said(second));
    expect(await donation(first.donate_id)).toMatchObject({
      ...{ status, owner_id: uuidToBytes(second.owner_id), from_uuid: uuidToBytes(second.from.uuid) },
      ...{ sum: '700', currency: 'EUR', has_message: 1 },
    });
    await save.when(asked(first));
    expect(await donation(first.donate_id)).toMatchObject({ owner_id: uuidToBytes(second.owner_id) });
  });

  test('that bounced leave nothing public, and cannot settle any more', async () => {
    const donate = exampleDonation({ message: { message: 'haha', is_public: true } });
    const { emitted } = await save.when(asked(donate), givenRejected(donate));
    expect(emitted).toEqual([]);
    expect((await save.when(givenSettled(donate))).outcomes).toEqual(['skip: rejected before']);
    expect(await entries(donate.owner_id)).toEqual([]);
    expect(await donation(donate.donate_id)).toMatchObject({ status: 'rejected', message_id: null });
  });

  test('with a sum that is none of their currency are set aside, and hold up no other', async () => {
    const [bad, good] = [exampleDonation({ sum: '1.234' }), exampleDonation()];
    const { outcomes } = await save.when(asked(bad), asked(good));
    expect(outcomes).toEqual(['dead-letter: sum is none of its currency', 'done']);
    expect(await donation(good.donate_id)).toBeDefined();
  });

  test('of sums beyond floating point are kept exactly', async () => {
    const donate = exampleDonation({ sum: '90071992547409.93' });
    await save.when(asked(donate));
    expect(await donation(donate.donate_id)).toMatchObject({ sum: '9007199254740993' });
  });
});

test('a change of the sponsor is a row of its own and an entry of the history; an older one overwrites nothing', async () => {
  const owner_id = freshId();
  const change = (version: number): Given => ({
    name: 'NewSponsor',
    payload: {
      ...{ owner_id, sponsor: { uuid: freshId(), name: 'Vera' }, total: '5.00', currency: 'USD', version },
      created_at: new Date().toISOString(),
    },
  });
  const older = change(1);
  await save.when(change(2));
  expect((await save.when(older)).outcomes).toEqual(['done']);
  expect((await save.again()).outcomes).toEqual(['duplicate']);
  const kept = await rows('SELECT version FROM sponsors WHERE user_id = ? ORDER BY version', owner_id);
  expect(kept.map(({ version }) => version)).toEqual(['1', '2']);
  expect((await entries(owner_id)).map(({ type }) => type)).toEqual(['change_sponsor', 'change_sponsor']);
});

describe('a whole log that comes again', () => {
  let log: Given[];
  beforeEach(() => {
    const [one, two, three] = [exampleDonation(), exampleDonation(), exampleDonation()];
    const private_ = message({ is_public: false });
    const room = exampleRoom({ owner: { uuid: private_.payload.owner_id, type: 'user', name: 'Mia' } });
    log = [
      { name: 'AddNewRoom', payload: room, id: freshId() },
      private_,
      message(),
      ...[one, two, three].map(asked),
      { ...givenSettled(one), id: freshId() },
      { ...givenRejected(two), id: freshId() },
      { ...givenSettled(three), id: freshId() },
    ];
  });

  test('changes not one byte, ten times over', async () => {
    await save.when(...log);
    const before = await dumpTables(on.database);
    for (let times = 0; times < 10; times++) expect((await save.again()).emitted).toEqual([]);
    expect(await dumpTables(on.database)).toEqual(before);
  });
});
