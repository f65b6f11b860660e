import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { commentId } from '../../services/rooms/donation.ts';
import { encodeDeadLetter } from '../../shared/dead-letters.ts';
import type { Database, Parameter, Row } from '../../shared/database.ts';
import { freshId, uuidToBytes } from '../../shared/ids.ts';
import type { History, Injection, Request, Seen } from '../history.ts';
import { check, type Facts, judge, untilQuiet } from './check.ts';
import { unjudged } from './frames.ts';
import { readLedger } from './ledger-facts.ts';
import { readLogs } from './log.ts';
import { withKafka } from './quiet.ts';
import { readRooms } from './rooms-facts.ts';
import { type Name, playScene, type Scene } from './testing/scene.ts';

/** A history that is right, on real servers; then one thing after the other is made wrong, and has to be found. */
let scene: Scene;
let logs: Facts['logs'];

beforeAll(async () => {
  scene = await playScene();
  logs = await withKafka(scene.product, (kafka) => readLogs(kafka, scene.product.namespace));
}, 120_000);
afterAll(() => scene?.close(), 60_000);

const undo: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

/** The invariants that do not hold, each once. */
async function broken(history: Partial<History> = {}, facts: Partial<Facts> = {}): Promise<string[]> {
  const { ledger, rooms } = scene.product;
  const letters = { sources: [], donations: new Set<string>() };
  const read = { ledger: await readLedger(ledger), rooms: await readRooms(rooms), letters, logs };
  return namesIn(await judge({ ...scene.history, ...history }, { ...read, ...facts }));
}

const namesIn = (lines: readonly string[]) => [...new Set(lines.map((line) => line.split(' ')[0] ?? ''))];

test('a right history holds, and is quiet', async () => {
  expect(await untilQuiet(scene.product, scene.history, 20_000)).toEqual([]);
  const notes: string[] = [];
  expect(await check(scene.product, scene.history, (note) => notes.push(note))).toEqual([]);
  expect(notes).toEqual([]);
}, 60_000);

/** A person, a request's key, or the comment of a donation, as the tables have it. */
function bytesOf(name: string): Buffer {
  if (name === 'nobody') return uuidToBytes(freshId());
  if (name.startsWith('comment ')) return uuidToBytes(commentId(scene.id(name.slice('comment '.length))));
  return uuidToBytes(name in scene.people ? scene.people[name as Name] : scene.id(name));
}

/** Changes a table, whose rows are put back as they were when the test ends. */
async function tamper(database: Database, sql: string, names: readonly string[]): Promise<void> {
  const table = /(?:FROM|UPDATE|INTO) (\w+)/.exec(sql)?.[1] ?? '';
  const rows = await database.select<Row>(`SELECT * FROM ${table}`);
  const columns = Object.keys(rows[0] ?? {});
  undo.push(async () => {
    await database.change(`DELETE FROM ${table}`);
    const values = rows.map((row) => columns.map((column) => row[column] as Parameter));
    if (values.length > 0) await database.change(`INSERT INTO ${table} (${columns.join(', ')}) VALUES ?`, [values]);
  });
  expect((await database.change(sql, names.map(bytesOf))).affectedRows).toBeGreaterThan(0);
}

type Case = readonly [what: string, sql: string, names: readonly string[], found: readonly string[]];

const GIFT = 'transfers (id, kind, state, from_account, to_account, sum, currency, created_at)';
const inLedger: readonly Case[] = [
  ['a refusal is lost', 'DELETE FROM transfers WHERE id = ?', ['n4'], ['I1']],
  ['a refusal has another sum', 'UPDATE transfers SET sum = sum + 1 WHERE id = ?', ['n4'], ['I1', 'I6']],
  ['a refusal went to another room', 'UPDATE transfers SET to_account = ? WHERE id = ?', ['eva', 'n4'], ['I1', 'I6']],
  ['a donation has no end', "UPDATE transfers SET state = 'pending' WHERE id = ?", ['n4'], ['I1']],
  [
    'a donation is booked again under another id',
    `INSERT INTO ${GIFT} SELECT ?, kind, state, from_account, to_account, sum, currency, created_at FROM transfers WHERE id = ?`,
    ['nobody', 'n4'],
    ['I1', 'I6', 'I8'],
  ],
  [
    'a donation has a third posting',
    "INSERT INTO postings (transfer_id, account_id, amount, currency) VALUES (?, ?, 0, 'USD')",
    ['n2', 'eva'],
    ['I1'],
  ],
  [
    'a refusal has a posting',
    "INSERT INTO postings (transfer_id, account_id, amount, currency) VALUES (?, ?, 0, 'USD')",
    ['n4', 'eva'],
    ['I1'],
  ],
  ['a donation has lost its postings', 'DELETE FROM postings WHERE transfer_id = ?', ['n2'], ['I1', 'I3']],
  [
    'one posting is a cent more',
    'UPDATE postings SET amount = amount + 1 WHERE transfer_id = ? AND account_id = ?',
    ['n2', 'bob'],
    ['I1', 'I2', 'I3'],
  ],
  ['a balance is a cent more', 'UPDATE accounts SET balance = balance + 1 WHERE id = ?', ['ann'], ['I2', 'I3']],
  ['a refund is another sum', 'UPDATE transfers SET sum = sum + 1 WHERE id = ?', ['r1'], ['I1', 'I6']],
  ['a confirmed refund is lost', 'DELETE FROM transfers WHERE id = ?', ['r1'], ['I1', 'I5', 'I6']],
  ['a deposit is lost', 'DELETE FROM transfers WHERE id = ?', ['d2'], ['I1', 'I2']],
  ['a deposit went to another', 'UPDATE transfers SET to_account = ? WHERE id = ?', ['ann', 'd2'], ['I1', 'I2']],
  ['money was paid out', "UPDATE transfers SET kind = 'payout' WHERE id = ?", ['d3'], ['I2']],
];
test.each(inLedger)('in the ledger: %s', async (_what, sql, names, found) => {
  await tamper(scene.product.ledger, sql, names);
  expect(await broken()).toEqual(found);
});

const SHARE = 'donor_contributions (donate_id, user_id, client_id, sum, settled_at)';
const ENTRY = 'room_events (id, owner_id, type, is_public, body, created_at)';
const inRooms: readonly Case[] = [
  ['a refusal is settled', "UPDATE donations SET status = 'settled' WHERE id = ?", ['n4'], ['I5', 'I6', 'I8']],
  ['a refusal counts', `INSERT INTO ${SHARE} VALUES (?, ?, ?, 1, NOW(6))`, ['n4', 'mia', 'bob'], ['I5', 'I6']],
  [
    'a refusal counts for the goals',
    'INSERT INTO goal_contributions (donate_id, user_id, sum, created_at) VALUES (?, ?, 1, NOW(6))',
    ['n4', 'mia'],
    ['I5'],
  ],
  ['a refusal is shown', `INSERT INTO ${ENTRY} VALUES (?, ?, 'donate', 1, '{}', NOW(6))`, ['n4', 'mia'], ['I5']],
  ['a donation is not saved', 'DELETE FROM donations WHERE id = ?', ['n4'], ['I6']],
  ['a donation still waits', "UPDATE donations SET status = 'pending' WHERE id = ?", ['n4'], ['I6']],
  ['a donation is another sum', 'UPDATE donations SET sum = sum + 1 WHERE id = ?', ['n4'], ['I6']],
  ['a donation is not in the history', 'DELETE FROM room_events WHERE id = ?', ['n1'], ['I8']],
  ['a contribution is lost', 'DELETE FROM donor_contributions WHERE donate_id = ?', ['n1'], ['I6']],
  ['a refund is not marked', 'UPDATE donor_contributions SET refunded_at = NULL WHERE donate_id = ?', ['n3'], ['I6']],
  ['a total is off', 'UPDATE donor_totals SET total = total + 1 WHERE client_id = ?', ['ann'], ['I6']],
  ['an hour is off', 'UPDATE donor_hours SET total = total + 1 WHERE client_id = ?', ['ann'], ['I6']],
  ['the title is another’s', 'UPDATE sponsor_tops SET client_id = ? WHERE user_id = ?', ['stranger', 'mia'], ['I6']],
  ['the title is nobody’s', 'UPDATE sponsor_tops SET client_id = NULL WHERE user_id = ?', ['mia'], ['I6']],
  ['an open goal is off', 'UPDATE goals SET sum = sum + 1 WHERE id = ?', ['g2'], ['I4']],
  ['an ended goal is off', 'UPDATE goals SET sum = sum + 1 WHERE id = ?', ['g1'], ['I4']],
  ['a goal that was reached is open', 'UPDATE goals SET ended_by = NULL WHERE id = ?', ['g1'], ['I4']],
  ['a goal is lost', 'DELETE FROM goals WHERE id = ?', ['g2'], ['I4']],
  ['a contribution left its goal', 'UPDATE goal_contributions SET goal_id = NULL WHERE donate_id = ?', ['n1'], ['I4']],
  ['a message is lost', 'DELETE FROM messages WHERE id = ?', ['m1'], ['I8', 'I12']],
  ['a message is another', "UPDATE messages SET value = 'else' WHERE id = ?", ['m1'], ['I12']],
  ['a message is somebody else’s', 'UPDATE messages SET from_uuid = ? WHERE id = ?', ['bob', 'm1'], ['I12']],
  ['a message has no place in the history', 'DELETE FROM room_events WHERE id = ?', ['m1'], ['I12']],
  ['a comment is lost', 'DELETE FROM messages WHERE id = ?', ['comment n1'], ['I8', 'I12']],
  ['a private message is public', 'UPDATE messages SET is_public = 1 WHERE id = ?', ['m2'], ['I8', 'I11']],
  ['a private comment is public', 'UPDATE messages SET is_public = 1 WHERE id = ?', ['comment n2'], ['I8', 'I11']],
  ['its entry is public', 'UPDATE room_events SET is_public = 1 WHERE id = ?', ['m2'], ['I11']],
  [
    'a private comment stands in its donation’s public entry',
    "UPDATE room_events SET body = JSON_SET(body, '$.message', 'comment n2') WHERE id = ?",
    ['n2'],
    ['I11'],
  ],
  [
    'a private message stands in the public entry of a donation',
    "UPDATE room_events SET body = JSON_SET(body, '$.note', 'so: message m2.') WHERE id = ?",
    ['n1'],
    ['I11'],
  ],
  ['another may read it', 'UPDATE room_event_subjects SET subject = ? WHERE subject = ?', ['ann', 'bob'], ['I11']],
];
test.each(inRooms)('in the rooms: %s', async (_what, sql, names, found) => {
  await tamper(scene.product.rooms, sql, names);
  expect(await broken()).toEqual(found);
});

test('a message that nobody has written is found', async () => {
  const columns = 'owner_id, from_uuid, from_type, is_public, value, created_at, updated_at';
  const copy = `INSERT INTO messages (id, ${columns}) SELECT ?, ${columns} FROM messages WHERE id = ?`;
  await tamper(scene.product.rooms, copy, ['nobody', 'm1']);
  expect(await broken()).toEqual(['I8', 'I12']);
});

describe('of what a viewer was shown:', () => {
  const viewer = (name: Name, change: (seen: Seen) => Partial<Seen>): Partial<History> => ({
    seen: scene.history.seen.map((seen) => (seen === scene.seenBy(name) ? { ...seen, ...change(seen) } : seen)),
  });
  const also = (seen: Seen, id: string, type: string) => ({
    order: [...seen.order, id],
    types: new Map([...seen.types, [id, type]]),
  });
  const swapped = ({ order: [first = '', second = '', ...rest] }: Seen) => ({ order: [second, first, ...rest] });
  const without = (seen: Seen, place: number) => {
    const order = seen.order.toSpliced(place, 1);
    return { order, types: new Map(order.map((id) => [id, seen.types.get(id) ?? ''])) };
  };
  const seqOf = (id = '') => logs.frames?.get(scene.people.mia)?.find((frame) => frame.id === id)?.seq ?? NaN;
  const cases: readonly (readonly [string, Name, (seen: Seen) => Partial<Seen>, readonly string[]])[] = [
    ['a frame again on one connection', 'ann', (seen) => ({ repeats: [{ id: seen.order[1] ?? '', atMs: 1 }] }), ['I8']],
    ['a seq that does not grow', 'ann', (seen) => ({ backwards: [seen.order[1] ?? ''] }), ['I7']],
    ['no word of its refused donation', 'bob', () => ({ rejections: new Set() }), ['I8']],
    ['the refusal of another’s donation', 'ann', () => ({ rejections: new Set([scene.id('n4')]) }), ['I11']],
    ['the refusal of what was paid', 'ann', () => ({ rejections: new Set([scene.id('n1')]) }), ['I11']],
    ['another order', 'ann', swapped, ['I7']],
    ['another order, with gaps', 'stranger', swapped, ['I7']],
    ['one twice', 'ann', (seen) => ({ order: [...seen.order, seen.order[3] ?? ''] }), ['I8']],
    ['not all', 'ann', (seen) => without(seen, 2), ['I8']],
    ['not all, as the log alone knows', 'ann', (seen) => without(seen, 0), ['I8']],
    ['a donation without money', 'ann', (seen) => also(seen, scene.id('n4'), 'donate'), ['I5', 'I7']],
    ['what no table has', 'ann', (seen) => also(seen, freshId(), 'message'), ['I7', 'I8']],
    ['a second end of a goal', 'ann', (seen) => also(seen, freshId(), 'end_goal'), ['I4', 'I7']],
    ['a refund of what stayed', 'ann', () => ({ refundOf: new Map([['x', scene.id('n1')]]) }), ['I5']],
    [
      'a private message of others in the room',
      'stranger',
      (seen) => ({ ...also(seen, scene.id('m2'), 'message'), privateIds: [scene.id('m2')] }),
      ['I11'],
    ],
    ['a private frame of elsewhere', 'stranger', () => ({ privateIds: [freshId()] }), ['I11']],
  ];
  test.each(cases)('%s', async (_what, name, change, found) => {
    expect(await broken(viewer(name, change))).toEqual(found);
  });

  test('nothing, since nobody watched', async () => {
    expect(await broken({ seen: [] })).toEqual(['I8']);
  });
  test('gaps excuse what is missing', async () => {
    const lacking = (after: number) =>
      broken(viewer('ann', (seen) => ({ ...without(seen, 2), gaps: 1, wholeAfterSeq: seqOf(seen.order[2]) + after })));
    expect(await lacking(0)).toEqual([]);
    expect(await lacking(-1)).toEqual(['I8']);
  });
  test('what the log alone knows is owed after a gap too', async () => {
    const lacking = (after: number) =>
      broken(viewer('ann', (seen) => ({ ...without(seen, 0), gaps: 1, wholeAfterSeq: seqOf(seen.order[0]) + after })));
    expect([await lacking(0), await lacking(-1)]).toEqual([[], ['I8']]);
  });
  test('what is said again after a gap is not owed', async () => {
    const { mia } = scene.people;
    const frames = new Map(logs.frames);
    const room = frames.get(mia) ?? [];
    const last = room.at(-1)?.seq ?? 0;
    frames.set(mia, [...room, ...room.map((frame) => ({ ...frame, seq: frame.seq + last }))]);
    const change = viewer('ann', (seen) => ({ ...without(seen, 2), gaps: 1, wholeAfterSeq: last }));
    expect(await broken(change, { logs: { ...logs, frames } })).toEqual([]);
  });
  test('a frame that one connection was given twice is forgiven while clocks are off alone', async () => {
    const twice = viewer('ann', (seen) => ({ repeats: [{ id: seen.order[1] ?? '', atMs: 5_000 }] }));
    const shift = { row: '33', target: 'clocks off: ws-gateway.1', atMs: 4_000, backAtMs: 4_500 };
    const brought = (injection: Injection) => broken({ ...twice, injections: [injection] });
    expect(await brought(shift)).toEqual([]);
    expect(await brought({ ...shift, target: 'SIGKILL ws-gateway.1' })).toEqual(['I8']);
    expect(await brought({ ...shift, atMs: 6_000, backAtMs: 6_500 })).toEqual(['I8']);
  });
  test('who was cut off may have missed that a donation was refused', async () => {
    expect(await broken(viewer('bob', () => ({ rejections: new Set(), reconnects: 1 })))).toEqual([]);
  });
  test('rooms where every viewer had a gap after which nothing was said are unknown', () => {
    const { mia } = scene.people;
    const last = logs.frames?.get(mia)?.at(-1)?.seq ?? 0;
    const cut = (wholeAfterSeq: number) => ({
      ...scene.history,
      seen: scene.history.seen.map((one) => (one.room === mia ? { ...one, gaps: 1, wholeAfterSeq } : one)),
    });
    expect(unjudged(scene.history, logs)).toEqual([]);
    expect(unjudged(cut(last), logs)).toEqual([mia]);
    expect(unjudged(cut(last - 1), logs)).toEqual([]);
    expect(unjudged(cut(last - 1), { ...logs, frames: null })).toEqual([mia]);
  });
});

describe('of what was asked and answered:', () => {
  const more = (given: Partial<Request>): Partial<History> => {
    const [first] = scene.history.requests;
    const made = { ...first, key: 'more', answers: new Map(), id: freshId(), ...given } as Request;
    return { requests: [...scene.history.requests, made] };
  };
  const changed = (key: string, change: Partial<Request>): Partial<History> => ({
    requests: scene.history.requests.map((request) => (request.key === key ? { ...request, ...change } : request)),
  });
  const cases: readonly (readonly [string, () => Partial<History>, readonly string[]])[] = [
    ['a donation was confirmed and is nowhere', () => more({ kind: 'donation' }), ['I1']],
    ['a refund was confirmed and is nowhere', () => more({ kind: 'refund' }), ['I1']],
    ['a deposit was confirmed and is nowhere', () => more({ kind: 'deposit' }), ['I2']],
    ['a goal was confirmed and is nowhere', () => more({ kind: 'goal' }), ['I4']],
    ['a message was confirmed and is nowhere', () => more({ kind: 'message' }), ['I12']],
    ['two donations were given one id', () => more({ ...request('n1'), key: 'other' }), ['I1']],
    ['one key was given two ids', () => changed('n1', { answers: new Map([[-1, 1]]) }), ['I1']],
    ['a donation that was refused has happened', () => changed('n4', refused), ['I1']],
    ['a deposit that was refused has happened', () => changed('d2', refused), ['I2']],
    ['a refund that was refused has happened', () => changed('r1', refused), ['I1']],
    ['a message that was refused has happened', () => changed('m1', refused), ['I12']],
    ['a goal that was refused has happened', () => changed('g2', refused), ['I4']],
    ['what may have happened has not', () => more({ kind: 'donation', id: null, refused: 0 }), []],
    ['nothing was ever said', () => without('message'), ['I12']],
    ['a room where nothing happened', () => ({ rooms: [...scene.history.rooms, freshId()] }), ['I1', 'I8']],
    ['no room', () => ({ rooms: [] }), ['I1']],
  ];
  const refused = { id: null, refused: 404, answers: new Map([[404, 1]]) };
  const request = (key: string) => scene.history.requests.find((one) => one.key === key);
  const without = (kind: string) => ({ requests: scene.history.requests.filter((one) => one.kind !== kind) });
  test.each(cases)('%s', async (_what, history, found) => {
    expect(await broken(history())).toEqual(found);
  });
});

describe('of the log:', () => {
  test('a goal that ended twice is found', async () => {
    const endings = new Map([[scene.id('g1'), new Set([...(logs.endings?.get(scene.id('g1')) ?? []), freshId()])]]);
    expect(await broken({}, { logs: { ...logs, endings } })).toEqual(['I4']);
  });

  test('a private message for everybody, or for one too many, is found before anybody sees it', async () => {
    for (const subjects of [null, new Set([scene.people.mia, scene.people.bob, scene.people.ann])]) {
      const frames = new Map(logs.frames);
      const room = frames.get(scene.people.mia) ?? [];
      frames.set(
        scene.people.mia,
        room.map((frame) => (frame.id === scene.id('m2') ? { ...frame, subjects } : frame)),
      );
      expect(await broken({}, { logs: { ...logs, frames } })).toEqual(['I11']);
    }
  });

  test('what a listener has written backwards is found, though everybody was shown it alike', async () => {
    const { mia } = scene.people;
    const room = logs.frames?.get(mia) ?? [];
    const first = [...new Map(room.map((frame) => [frame.id, frame])).values()];
    for (const [at, source] of logs.sources.entries()) {
      const given = source.get(mia) ?? new Set();
      expect(first.filter(({ id }) => given.has(id)).length).toBeGreaterThan(1);
      const turned = first.filter(({ id }) => given.has(id)).reverse();
      const frames = new Map(logs.frames).set(
        mia,
        first.map((frame) => (given.has(frame.id) ? (turned.shift() ?? frame) : frame)),
      );
      const ids = (frames.get(mia) ?? []).map(({ id }) => id);
      const seen = scene.history.seen.map((one) =>
        one.room === mia ? { ...one, order: ids.filter((id) => one.types.has(id)) } : one,
      );
      expect(await broken({ seen }, { logs: { ...logs, frames } })).toEqual(['I7']);
      const others = logs.sources.toSpliced(at, 1);
      expect(await broken({ seen }, { logs: { ...logs, frames, sources: others } })).toEqual([]);
    }
    expect(logs.sources).toHaveLength(2);
  });

  test('a private text in a frame for everybody is found', async () => {
    expect(['message m1', 'message m2', 'comment n1', 'comment n2'].filter((text) => logs.texts.has(text))).toEqual([
      'message m1',
      'comment n1',
    ]);
    for (const text of ['message m2', 'comment n2']) {
      const texts = new Map([...logs.texts, [text, scene.id('n1')] as const]);
      expect(await broken({}, { logs: { ...logs, texts } })).toEqual(['I11']);
    }
  });

  test('repeats change nothing', async () => {
    const frames = new Map([...(logs.frames ?? [])].map(([room, list]) => [room, [...list, ...list]]));
    expect(await broken({}, { logs: { ...logs, frames } })).toEqual([]);
  });

  test('where its beginning is gone, viewers are still held against each other', async () => {
    const gone = { ...logs, frames: null, endings: null };
    expect(await broken({}, { logs: gone })).toEqual([]);
    const seen = scene.history.seen.map((one) => ({
      ...one,
      order: one === scene.seenBy('bob') ? [...one.order].reverse() : one.order,
    }));
    expect(await broken({ seen }, { logs: gone })).toEqual(['I7']);
  });
});

test('a stale history in the cache is found', async () => {
  const key = `${scene.product.namespace}history:{${scene.people.mia}}`;
  await scene.redis.del(key); // what earlier tests have left there may end at any moment
  await check(scene.product, scene.history);
  const { events, readers } = JSON.parse((await scene.redis.get(key)) ?? '') as { events: object[]; readers: string[] };
  await scene.redis.set(key, JSON.stringify({ events: events.slice(1), readers }), 'EX', 30);
  expect(namesIn(await check(scene.product, scene.history))).toEqual(['I9']);
  await scene.redis.del(key);
});

test('what waits in an outbox is found, by the wait and by the check', async () => {
  const columns = 'event_id, topic, record_key, headers, payload';
  await tamper(scene.product.ledger, `INSERT INTO outbox (${columns}) VALUES ('x', 'ledger', 'k', '{}', '{}')`, []);
  expect(await untilQuiet(scene.product, scene.history, 500)).toEqual([expect.stringContaining('I10 1 events wait')]);
  expect(namesIn(await check(scene.product, scene.history))).toEqual(['I10']);
});

test('an effect that is missing is waited for, and told', async () => {
  await tamper(scene.product.rooms, 'DELETE FROM messages WHERE id = ?', ['m1']);
  const lines = await untilQuiet(scene.product, scene.history, 1_000);
  expect(lines).toEqual(['I10 1 confirmed messages are not saved']);
});

test('records that were set aside must be the poison, however many groups have set one aside', async () => {
  const record = {
    ...{ topic: 'donations' as const, partition: 0, offset: 7n, key: 'k', value: Buffer.from('no JSON') },
    ...{ headers: {}, timestampMs: Date.now() },
  };
  const letter = { record, listener: 'l', reason: 'r', stack: null, tries: 1, time: new Date() };
  await withKafka(scene.product, async (kafka) => {
    const producer = await kafka.producer();
    await producer.send(['save', 'goal'].map((group) => encodeDeadLetter({ ...letter, group })));
    await producer.close();
  });
  expect(namesIn(await untilQuiet(scene.product, scene.history, 1_000))).toEqual(['I10']);
  expect(namesIn(await check(scene.product, scene.history))).toEqual(['I10']);
  const poisoned = { ...scene.history, poison: 1 };
  expect(await untilQuiet(scene.product, poisoned, 10_000)).toEqual([]);
  expect(await check(scene.product, poisoned)).toEqual([]);
}, 60_000);
