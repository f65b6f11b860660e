import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { systemClock } from '../../shared/clock.ts';
import { freshId, derivedId } from '../../shared/ids.ts';
import type { EventName } from '../../shared/events/catalogue.ts';
import { findInInbox, insertInbox } from '../../shared/inbox.ts';
import { type DatabaseListener, deadLetter, done, skip } from '../../shared/listener.ts';
import { registry } from '../../shared/metrics.ts';
import { createAllRuntimeTables, scratchDatabase, type TestDatabase } from '../../shared/testing/database.ts';
import { exampleDonation, exampleMessage, exampleRoom } from '../../shared/testing/examples.ts';
import { receive, startHarness, type Harness } from '../../shared/testing/harness.ts';
import { testLog } from '../../shared/testing/environment.ts';
import { runSlice, type SliceContext } from './slice.ts';

/** Counts messages; a text of "skip", "refuse" or "break" has it answer so. After the commit it counts in Redis. */
const countMessage: DatabaseListener<'AddNewMessage'> = {
  name: 'CountMessage',
  group: 'save',
  event: 'AddNewMessage',
  applied: (tx, events) => findInInbox(tx, 'CountMessage', events),
  async handle(events, { tx, emit }) {
    await insertInbox(tx, 'CountMessage', events);
    return events.map((event) => {
      if (event.payload.value === 'break') throw new TypeError('a bug');
      if (event.payload.value === 'skip') return skip('nothing to count');
      if (event.payload.value === 'refuse') return deadLetter('not countable');
      emit(event, 'AddNewRoom', exampleRoom());
      return done;
    });
  },
  async after(events, { redis, namespace }) {
    for (const event of events) await redis.incr(`${namespace}after:${event.id}`);
  },
};

const countRoom: DatabaseListener<'AddNewRoom'> = {
  name: 'CountRoom',
  group: 'save',
  event: 'AddNewRoom',
  applied: (tx, events) => findInInbox(tx, 'CountRoom', events),
  async handle(events, { tx }) {
    await insertInbox(tx, 'CountRoom', events);
    return events.map(() => done);
  },
};

let on: TestDatabase;
let harness: Harness;

beforeAll(async () => {
  on = await scratchDatabase(createAllRuntimeTables);
  harness = await startHarness(on, [countMessage, countRoom]);
});

afterAll(async () => {
  const keys = await harness.redis.keys(`${on.namespace}*`);
  if (keys.length > 0) await harness.redis.del(keys);
  await harness.close();
  await on.drop();
});

const message = (value: string, id = freshId()) =>
  ({ name: 'AddNewMessage', payload: exampleMessage({ value }), id }) as const;
const room = { name: 'AddNewRoom', payload: exampleRoom() } as const;
const inboxSize = async () => (await on.database.select('SELECT event_id FROM inbox')).length;

describe('one slice of events', () => {
  test('is handled in order by the listeners of its events, and answers one outcome each', async () => {
    const { outcomes } = await harness.when(message('one'), room, message('skip'), message('refuse'));
    expect(outcomes).toEqual(['done', 'done', 'skip: nothing to count', 'dead-letter: not countable']);
  });

  test('gives events of several names to the one listener that hears them as one run', async () => {
    const runs: string[][] = [];
    const counting = {
      name: 'CountBoth',
      group: 'save',
      applied: (tx, events) => findInInbox(tx, 'CountBoth', events),
      async handle(events, { tx }) {
        await insertInbox(tx, 'CountBoth', events);
        runs.push(events.map(({ name }) => name));
        return events.map(() => done);
      },
    } satisfies Omit<DatabaseListener, 'event'>;
    const both = await startHarness(on, [
      { ...counting, event: 'AddNewMessage' },
      { ...counting, event: 'AddNewRoom' },
    ]);
    const { outcomes } = await both.when(message('one'), room, message('two'));
    await both.close();
    expect({ runs, outcomes }).toEqual({
      runs: [['AddNewMessage', 'AddNewRoom', 'AddNewMessage']],
      outcomes: ['done', 'done', 'done'],
    });
  });

  test('changes nothing when it comes again, and emits nothing new', async () => {
    const cause = message('one');
    const first = await harness.when(cause);
    expect(first.emitted.map(({ id, name }) => ({ id, name }))).toEqual([
      { id: derivedId(cause.id, 'AddNewRoom'), name: 'AddNewRoom' },
    ]);
    const before = await inboxSize();
    const second = await harness.again();
    expect(second).toEqual({ outcomes: ['duplicate'], emitted: [] });
    expect(await inboxSize()).toBe(before);
  });

  test('runs the effects after the commit for duplicates too, but not for what was refused', async () => {
    const [kept, refused] = [message('one'), message('refuse')];
    await harness.when(kept, refused);
    await harness.again();
    expect(await harness.redis.get(`${on.namespace}after:${kept.id}`)).toBe('2');
    // The refused one left its row here, so the second run met it as a duplicate.
    expect(await harness.redis.get(`${on.namespace}after:${refused.id}`)).toBe('1');
  });

  test('handles an id once, and counts another body under the same id', async () => {
    const id = freshId();
    const { outcomes, emitted } = await harness.when(
      { ...message('one', id), fingerprint: 'aa' },
      { ...message('one', id), fingerprint: 'aa' },
      { ...message('two', id), fingerprint: 'bb' },
    );
    expect(outcomes).toEqual(['done', 'duplicate', 'duplicate']);
    expect(emitted).toHaveLength(1);
    expect(await registry.getSingleMetricAsString('rostra_conflicting_duplicates_total')).toContain(
      'rostra_conflicting_duplicates_total{listener="CountMessage"} 1',
    );
  });

  test('leaves nothing behind when one of its events fails', async () => {
    const before = await inboxSize();
    await expect(harness.when(message('one'), message('break'))).rejects.toThrow('a bug');
    expect(await inboxSize()).toBe(before);
  });

  test('refuses an event that nobody of the group hears', async () => {
    await expect(harness.when({ name: 'AddNewDonate', payload: exampleDonation() })).rejects.toThrow('does not hear');
  });

  test('handled twice at once has one effect: the second waits and finds the first', async () => {
    const events = Array.from({ length: 20 }, () => message('one'));
    const other = await startHarness(on, [countMessage]);
    const before = await inboxSize();
    const [one, two] = await Promise.all([harness.when(...events), other.when(...events)]);
    await other.close();
    expect(await inboxSize()).toBe(before + events.length);
    const kinds = [...one.outcomes, ...two.outcomes];
    expect(kinds.filter((kind) => kind === 'done')).toHaveLength(events.length);
    expect(kinds.filter((kind) => kind === 'duplicate')).toHaveLength(events.length);
  });

  test('passes each point where a fault test may end the process, naming those whose work is at hand', async () => {
    const passed: string[] = [];
    const context = {
      group: 'save',
      database: on.database,
      listeners: new Map<EventName, DatabaseListener>([
        ['AddNewMessage', countMessage],
        ['AddNewRoom', countRoom],
      ]),
      after: { redis: harness.redis, namespace: on.namespace, log: testLog },
      clock: systemClock,
      crashPoint: (point, of, atHand = () => []) => passed.push(`${point} of ${[of, ...atHand()].join(' ')}`),
      onEmitted: () => undefined,
    } satisfies SliceContext;
    const events = [receive(message('one')), receive({ name: 'AddNewRoom', payload: exampleRoom() }, 1n)];
    await runSlice(context, events);
    const first = [
      'before-dedup of save CountMessage CountRoom',
      'after-dedup of save CountMessage',
      'mid-effect of save CountMessage',
      'after-dedup of save CountRoom',
      'mid-effect of save CountRoom',
      'after-commit of save CountMessage CountRoom',
      'after-post-effects of save CountMessage CountRoom',
    ];
    expect(passed.splice(0)).toEqual(first);
    await runSlice(context, events);
    expect(passed).toEqual(first.filter((line) => !line.startsWith('mid-effect')));
  });
});
