import { describe, expect, test } from '@jest/globals';
import { type CrashPoint, noCrash } from '../../shared/crash-point.ts';
import { AppError } from '../../shared/errors.ts';
import type { Frame } from '../../shared/frame.ts';
import { derivedId, freshId } from '../../shared/ids.ts';
import type { InRecord, OutRecord, Producer } from '../../shared/kafka.ts';
import type { FrameListener } from '../../shared/listener.ts';
import { registry } from '../../shared/metrics.ts';
import { exampleMessage } from '../../shared/testing/examples.ts';
import { type Given, receive } from '../../shared/testing/harness.ts';
import { slices } from './batch.ts';
import { faultOf } from './faults.ts';
import { runFrameSlice } from './frame-slice.ts';
import { Streak } from './streak.ts';

describe('whose fault an error is', () => {
  const sql = (errno: number) => Object.assign(new Error('sql'), { errno });
  test.each([
    ['what says so itself', new AppError('x', 'away', { retriable: true }), 'retriable'],
    ['a deadlock that outlasted its reruns', sql(1213), 'retriable'],
    ['a lock wait', sql(1205), 'retriable'],
    ['a full disk', sql(1021), 'retriable'],
    ['a table that a deploy still owes', sql(1146), 'retriable'],
    ['a lost connection', Object.assign(new Error('x'), { code: 'ECONNRESET' }), 'retriable'],
    ['Redis away', new Error("Stream isn't writeable and enableOfflineQueue options is false"), 'retriable'],
    ['Redis loading', new Error('LOADING Redis is loading the dataset in memory'), 'retriable'],
    ['a refusal of our code', new AppError('x', 'never', { retriable: false }), 'refused'],
    ['a check on MariaDB', sql(4025), 'refused'],
    ['a check on MySQL', sql(3819), 'refused'],
    ['a text too long', sql(1406), 'refused'],
    ['a foreign key', sql(1452), 'refused'],
    ['a bug', new TypeError('undefined is not a function'), 'unknown'],
    ['a syntax error', sql(1064), 'unknown'],
    ['no error at all', null, 'unknown'],
    ['a text', 'broken', 'unknown'],
  ])('%s', (_name, error, fault) => expect(faultOf(error)).toBe(fault));
});

describe('slices of a batch', () => {
  const records = Array.from({ length: 1_200 }, (_, at) => ({ offset: BigInt(at) }) as InRecord);
  const sizes = (highWatermark: bigint, count: number) =>
    [...slices({ records: records.slice(0, count), highWatermark })].map((slice) => slice.length);

  test('hold 100 records while the group keeps up', () => expect(sizes(250n, 250)).toEqual([100, 100, 50]));
  test('hold 500 under lag, and 100 again near the end', () =>
    expect(sizes(1_200n, 1_200)).toEqual([500, 100, 100, 100, 100, 100, 100, 100]));
  test('of nothing are none', () => expect(sizes(0n, 0)).toEqual([]));
});

describe('a streak of dead letters', () => {
  test('is of three keys with no success between them', () => {
    const streak = new Streak();
    expect(['a', 'a', 'b', 'a', 'b'].map((key) => streak.grows(key))).toEqual([false, false, false, false, false]);
    expect(streak.grows('c')).toBe(true);
    streak.end();
    expect(['c', 'd'].map((key) => streak.grows(key))).toEqual([false, false]);
    expect(streak.grows(null)).toBe(true);
  });
});

describe('frames on their way to the gateways', () => {
  const now = new Date('2026-11-21T03:00:00.000Z');
  const minutesAgo = (minutes: number) => new Date(now.getTime() - minutes * 60_000);
  const sendMessage: FrameListener<'AddNewMessage'> = {
    name: 'SendMessage',
    group: 'queue-to-ws',
    event: 'AddNewMessage',
    frames: ({ id, payload }): Frame[] => [
      {
        id: derivedId(id, 'ws'),
        topic: `room:${payload.owner_id}`,
        type: 'message',
        createdAt: payload.created_at,
        fields: { value: payload.value },
        subjects: null,
        ownerId: payload.owner_id,
      },
    ],
  };
  const message = (value: string, time = now): Given => ({
    name: 'AddNewMessage',
    payload: exampleMessage({ value }),
    time,
  });

  async function run(events: readonly Given[], traceparent: string | null = null, crashPoint: CrashPoint = noCrash) {
    const requests: (readonly OutRecord[])[] = [];
    const producer: Producer = { send: async (records) => void requests.push(records), close: async () => undefined };
    const context = {
      listeners: new Map([[sendMessage.event, sendMessage]]),
      producer,
      clock: { now: () => now },
      crashPoint,
    };
    const handled = await runFrameSlice(
      context,
      events.map((event) => ({ ...receive(event), traceparent })),
    );
    return { handled: handled.map(({ result }) => result), requests };
  }

  test('leave in one request, in order, each with the trace of its cause', async () => {
    const { handled, requests } = await run([message('a'), message('b'), message('c')], '00-trace-01');
    expect(handled.map(({ kind }) => kind)).toEqual(['done', 'done', 'done']);
    expect(requests).toHaveLength(1);
    expect(requests[0]?.map(({ value }) => (JSON.parse(String(value)) as { value: string }).value)).toEqual([
      'a',
      'b',
      'c',
    ]);
    expect(
      requests[0]?.every(({ headers, topic }) => topic === 'ws.out' && headers['traceparent'] === '00-trace-01'),
    ).toBe(true);
  });

  test('are not made of what is older than ten minutes, which is counted', async () => {
    const { handled, requests } = await run([message('old', minutesAgo(10.1)), message('new', minutesAgo(9.9))]);
    expect(handled).toEqual([{ kind: 'skip', reason: 'too old' }, { kind: 'done' }]);
    expect(requests.flat()).toHaveLength(1);
    expect(await registry.metrics()).toContain('rostra_frames_skipped_too_old_total{listener="SendMessage"} 1');
  });

  test('have the same id when they are made again', async () => {
    const once: Given = { ...message('a'), id: freshId() };
    const [first, second] = [await run([once]), await run([once])];
    expect(first.requests).toEqual(second.requests);
  });

  test('pass three points where a fault test may end the process, over the work of their own listeners', async () => {
    const passed: unknown[] = [];
    await run([message('a')], null, (point, of, atHand = () => []) => passed.push([point, of, [...atHand()]]));
    const points = ['before-dedup', 'mid-effect', 'after-commit'];
    expect(passed).toEqual(points.map((point) => [point, 'queue-to-ws', ['SendMessage']]));
  });

  test('of a backlog leave in requests that the broker takes', async () => {
    const { requests } = await run(Array.from({ length: 5 }, () => message('x'.repeat(200_000))));
    expect(requests.map(({ length }) => length)).toEqual([2, 2, 1]);
  });
});
