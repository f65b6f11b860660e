import { expect, test } from '@jest/globals';
import { encodeFrame } from '../shared/frame.ts';
import { freshId } from '../shared/ids.ts';
import type { FollowOptions, InRecord, Kafka } from '../shared/kafka.ts';
import { testLog } from '../shared/testing/environment.ts';
import { followFrames } from './log-reader.ts';

const ROOM = freshId();

/** A frame as it is read from partition 0. */
function read(offset: number): InRecord {
  const frame = { id: freshId(), topic: `room:${ROOM}`, type: 'message', createdAt: '', fields: {}, subjects: null };
  const { headers, value } = encodeFrame({ ...frame, ownerId: ROOM });
  const text = Buffer.from(String(value));
  return { topic: 'ws.out', partition: 0, offset: BigInt(offset), key: ROOM, value: text, headers, timestampMs: 0 };
}

/** A log of one partition that begins with 5. */
async function follow() {
  const taken: bigint[] = [];
  let handle: FollowOptions['handle'] = () => undefined;
  const kafka: Pick<Kafka, 'ends' | 'follow' | 'deleteGroup'> = {
    ends: () => Promise.resolve([{ partition: 0, low: 5n, high: 7n }]),
    follow(options) {
      options.begin?.([{ partition: 0, offset: 5n }]);
      handle = (records) => options.handle(records);
      const never = new Promise<Error>(() => undefined);
      return Promise.resolve({ isJoined: () => true, crashed: never, close: () => Promise.resolve() });
    },
    deleteGroup: () => Promise.resolve(),
  };
  const reader = await followFrames({
    ...{ kafka: kafka as Kafka, group: 'g', log: testLog, begin: () => undefined, isHeld: () => true },
    take: ({ seq }) => void taken.push(BigInt(seq) - 1n),
    revoke: () => undefined,
  });
  return { reader, taken, give: (...offsets: number[]) => handle(offsets.map(read)) };
}

test('each frame is taken once, in the order of the log, however often it is read', async () => {
  const { reader, taken, give } = await follow();
  give(5, 6);
  give(5, 6, 7);
  expect(taken).toEqual([5n, 6n, 7n]);
  expect(reader.positionOf(`room:${ROOM}`).seq).toBe(8);
  expect(await Promise.race([reader.failed, Promise.resolve('goes on')])).toBe('goes on');
  await reader.close();
});

test('where the log goes on behind records that nobody read, the gateway ends and takes nothing more', async () => {
  const { reader, taken, give } = await follow();
  give(5, 6, 9);
  give(10);
  expect((await reader.failed).message).toBe('ws.out/0 goes on at 10, but was read up to 7 only');
  expect(taken).toEqual([5n, 6n]);
  await reader.close();
});
