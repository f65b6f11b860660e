import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { findDeadLetter, listDeadLetters, retryDeadLetter } from '../../shared/dead-letters.ts';
import { header } from '../../shared/event.ts';
import { freshId } from '../../shared/ids.ts';
import type { OutRecord } from '../../shared/kafka.ts';
import { registry } from '../../shared/metrics.ts';
import { until } from '../../shared/testing/until.ts';
import { donationRecord, startFleet, type TestFleet, type TestMember } from './test-group.ts';

let fleet: TestFleet;
beforeEach(async () => {
  fleet = await startFleet();
});
afterEach(() => fleet.close());

const keptSorted = async () => (await fleet.kept()).sort();
const untilKept = (texts: readonly string[], group?: string) =>
  until(async () => (await fleet.kept(undefined, group)).sort().join() === [...texts].sort().join(), {
    describe: () => fleet.kept(undefined, group),
  });
const letters = () => listDeadLetters(fleet.kafka.kafka, 100);
const untilStopped = (member: TestMember) =>
  until(() => {
    try {
      member.check();
      return false;
    } catch (error) {
      return (error as Error).message;
    }
  });

describe('delivery', () => {
  test('a record that was published twice has one effect', async () => {
    const twice = donationRecord('twice');
    await fleet.publish(twice, twice, donationRecord('once'));
    await fleet.member();
    await untilKept(['twice', 'once']);
    const room = twice.key as string;
    await fleet.publish(twice, donationRecord('after', room));
    await untilKept(['twice', 'once', 'after']);
    expect(await fleet.kept(room)).toEqual(['twice', 'after']);
  });

  test('records of other types, and a retry that another group asked for, are passed over unread', async () => {
    await fleet.member();
    const foreign: OutRecord = {
      ...donationRecord('foreign'),
      value: 'not even JSON',
      headers: { [header.type]: 'Something' },
    };
    const retried = donationRecord('retried');
    const forGoal: OutRecord = { ...retried, headers: { ...retried.headers, [header.onlyGroup]: 'goal' } };
    await fleet.publish(foreign, forGoal, donationRecord('mine'));
    await untilKept(['mine']);
    expect(await letters()).toEqual([]);
  });

  test('two members share the partitions, and what one room says keeps its order', async () => {
    const rooms = Array.from({ length: 8 }, () => freshId());
    const said = (room: string) => Array.from({ length: 40 }, (_, at) => `${room.slice(-4)} ${at}`);
    const first = await fleet.member();
    await until(() => (first.check(), true));
    for (let at = 0; at < 40; at++) {
      if (at === 10) await fleet.member();
      await fleet.publish(...rooms.map((room) => donationRecord(said(room)[at] as string, room)));
    }
    await untilKept(rooms.flatMap(said));
    for (const room of rooms) expect(await fleet.kept(room)).toEqual(said(room));
  });

  test('a member that leaves has committed what it handled: nothing comes twice', async () => {
    const texts = Array.from({ length: 50 }, (_, at) => `text ${at}`);
    const first = await fleet.member();
    await fleet.publish(...texts.map((text) => donationRecord(text)));
    await untilKept(texts);
    await first.close();
    const { kafka, namespace } = fleet.kafka;
    expect(await kafka.lag(`${namespace}.save`, ['rooms', 'donations'])).toBe(0n);
  });
});

describe('what cannot be handled', () => {
  test('poison is set aside with its reason, and the next record is handled', async () => {
    const room = freshId();
    const poison = (change: Partial<OutRecord>): OutRecord => ({ ...donationRecord('poison', room), ...change });
    const good = donationRecord('x', room);
    const payload = JSON.parse(String(good.value)) as object;
    const records = [
      poison({ value: '{"bad' }),
      poison({ value: null }),
      poison({ value: JSON.stringify({ ...payload, currency: 7 }) }),
      poison({ value: JSON.stringify({ ...payload, more: 'x'.repeat(1_000_000) }) }),
      poison({ value: `{"__proto__":{"polluted":true},${String(good.value).slice(1)}` }),
      poison({ headers: { ...good.headers, [header.id]: 'not-a-uuid' } }),
      poison({ headers: { ...good.headers, [header.schema]: 'urn:other' } }),
    ];
    await fleet.member();
    for (const record of records) await fleet.publish(record);
    await fleet.publish(donationRecord('next', room));
    await untilKept(['next']);
    const found = await until(async () => {
      const all = await letters();
      return all.length >= records.length ? all : null;
    });
    expect(found.map(({ reason }) => reason).sort()).toEqual([
      '/currency must be a string',
      'ce_dataschema is missing or of another event',
      'ce_id is no UUID',
      expect.stringContaining('value has the forbidden key'),
      'value is larger than 262144 bytes',
      'value is not JSON',
      'value is not JSON',
    ]);
    expect(found).toContainEqual(
      expect.objectContaining({ group: 'save', listener: 'KeepText of save', tries: 1, event: 'AddNewDonate' }),
    );
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  test('what the listener refuses is set aside; what stood beside it in the slice is kept', async () => {
    fleet.faults.set('refused', 'refused').set('dead', 'dead-letter').set('skipped', 'skip');
    const room = freshId();
    await fleet.publish(...['a', 'refused', 'b', 'dead', 'skipped', 'c'].map((text) => donationRecord(text, room)));
    await fleet.member();
    // "dead" and "skipped" wrote their row before they answered.
    await untilKept(['a', 'b', 'dead', 'skipped', 'c']);
    const found = await until(async () => ((await letters()).length === 2 ? letters() : null));
    expect(found.map(({ reason }) => reason).sort()).toEqual(['not ours to keep', 'this can never be']);
  });

  test('a retried dead letter reaches the group that set it aside and no other, once', async () => {
    fleet.faults.set('refused', 'refused');
    await fleet.member('save');
    await fleet.publish(donationRecord('refused'));
    const [letter] = await until(async () => ((await letters()).length === 1 ? letters() : null));
    fleet.faults.clear();
    await fleet.member('goal');
    await untilKept(['refused'], 'goal');
    await fleet.on.database.change("DELETE FROM effects WHERE listener = 'goal'");
    await fleet.on.database.change("DELETE FROM inbox WHERE listener = 'KeepText of goal'");

    const found = await findDeadLetter(fleet.kafka.kafka, letter?.id ?? '');
    expect(found).toMatchObject({ group: 'save', reason: 'this can never be', retriedAt: null });
    const producer = await fleet.kafka.kafka.producer();
    for (let twice = 0; twice < 2; twice++)
      await retryDeadLetter(producer, found as NonNullable<typeof found>, new Date());
    await producer.close();
    await fleet.publish(donationRecord('after', found?.source.key ?? ''));
    await untilKept(['refused', 'after']);
    await untilKept(['after'], 'goal');
    expect(await letters()).toMatchObject([{ id: letter?.id, retriedAt: expect.any(String) }]);
  });

  test('an unknown error has three tries and one crash before it is a dead letter', async () => {
    fleet.faults.set('bug', 'unknown');
    const room = freshId();
    await fleet.publish(donationRecord('before', room), donationRecord('bug', room), donationRecord('after', room));
    const first = await fleet.member();
    await until(() => first.crashes.length === 1);
    const [tried] = await fleet.on.database.select('SELECT tries, reason FROM listener_tries');
    expect(tried).toMatchObject({ reason: 'a bug' });
    expect(await fleet.kept(room)).toEqual(['before']);
    await untilKept(['before', 'after']);
    expect(await letters()).toMatchObject([{ reason: 'a bug', tries: 4, stack: expect.stringContaining('TypeError') }]);
    expect(await fleet.on.database.select('SELECT * FROM listener_tries')).toEqual([]);
  });

  test('dead letters of three keys in a row stop the group, and what comes after them stays in the log', async () => {
    fleet.faults.set('refused', 'refused');
    const member = await fleet.member();
    const sameRoom = freshId();
    for (let at = 0; at < 4; at++) await fleet.publish(donationRecord('refused', sameRoom));
    await until(async () => (await letters()).length === 4);
    member.check(); // one room's trouble stops nobody
    await fleet.publish(donationRecord('good', sameRoom));
    await untilKept(['good']);
    for (let at = 0; at < 3; at++) await fleet.publish(donationRecord('refused'));
    expect(await untilStopped(member)).toMatch(/^stopped: dead letters of three keys in a row.*this can never be/);
    await until(async () => (await letters()).length >= 6);
    expect(await letters()).toHaveLength(6);
    expect(await registry.getSingleMetricAsString('rostra_group_stopped')).toContain('{group="save"} 1');

    fleet.faults.clear();
    await member.close();
    await fleet.member();
    await untilKept(['good', 'refused']);
  });
});

describe('what has to wait', () => {
  test('a retriable error holds up its own partition alone, and nothing is lost', async () => {
    fleet.faults.set('stuck', 'retriable');
    const room = freshId();
    await fleet.publish(donationRecord('stuck', room), donationRecord('behind', room));
    await fleet.member();
    const others = Array.from({ length: 30 }, () => freshId());
    const paused = async () => /rostra_paused_partitions\{group="save"\} 1/.test(await registry.metrics());
    await until(paused);
    await fleet.publish(...others.map((other) => donationRecord('other', other)));
    const free = await until(async () => {
      const kept = await keptSorted();
      return kept.length >= 10 ? kept : null;
    });
    expect(new Set(free)).toEqual(new Set(['other']));
    expect(await fleet.kept(room)).toEqual([]);
    fleet.faults.clear();
    await untilKept([...others.map(() => 'other'), 'stuck', 'behind']);
    expect(await fleet.kept(room)).toEqual(['stuck', 'behind']);
    expect(await letters()).toEqual([]);
  });

  test('an event of a newer version waits, with those behind it', async () => {
    const room = freshId();
    const newer = donationRecord('newer', room);
    const headers = { ...newer.headers, [header.schema]: 'urn:rostra:event:AddNewDonate:2' };
    await fleet.publish(donationRecord('before', room), { ...newer, headers }, donationRecord('behind', room));
    await fleet.member();
    await untilKept(['before']);
    const waits = /rostra_pauses_total\{group="save",reason="unknown-version"\} [2-9]/;
    await until(async () => waits.test(await registry.metrics()));
    expect(await fleet.kept(room)).toEqual(['before']);
    expect(await letters()).toEqual([]);
  });
});
