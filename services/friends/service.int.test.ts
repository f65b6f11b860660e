import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { freshId } from '../../shared/ids.ts';
import { rpcClient, serveRpc } from '../../shared/rpc.ts';
import { testLog } from '../../shared/testing/environment.ts';
import type { FriendsQuestions, PairAnswer, PairRequest } from './questions.ts';
import { happened, openTestFriends, type Someone, statusOf, type TestFriends } from './testing/friends.ts';

let friends: TestFriends;
beforeAll(async () => {
  friends = await openTestFriends();
});
afterAll(() => friends.close());

type Asked = 'request' | 'accept' | 'decline' | 'remove' | 'block' | 'unblock';
const commands: readonly Asked[] = ['request', 'accept', 'decline', 'remove', 'block', 'unblock'];

const ask = (command: Asked, by: Someone, other: { uuid: string }, more?: Partial<PairRequest>): Promise<PairAnswer> =>
  (friends.questions[command] as FriendsQuestions['request'])(friends.between(by, other, more));

const two = async () => (await friends.people('Ann', 'Bob')) as [Someone, Someone];
const twoFriends = async () => {
  const [ann, bob] = await two();
  await ask('request', ann, bob);
  await ask('accept', bob, ann);
  return [ann, bob] as const;
};
const names = async (one: Someone, other: Someone) => (await friends.told(one, other)).map(({ name }) => name);

describe('a friendship', () => {
  test('is asked for, agreed to and ended, and each step is told with both names and the next version', async () => {
    const [ann, bob] = await two();
    const before = friends.commits();
    expect(await ask('request', ann, bob)).toEqual({ state: 'requested', repeated: false });
    expect(await ask('accept', bob, ann)).toEqual({ state: 'friends', repeated: false });
    expect(await ask('remove', ann, bob)).toEqual({ state: 'none', repeated: false });
    expect(friends.commits()).toBe(before + 3);
    expect((await friends.told(ann, bob)).map(({ name, payload }) => ({ name, ...payload }))).toMatchObject([
      { name: 'FriendRequestSent', by: ann, other: bob, version: 1 },
      { name: 'FriendAccepted', by: bob, other: ann, version: 2 },
      { name: 'FriendRemoved', by: ann, other: bob, version: 3 },
    ]);
  });

  test('may be asked for again after a decline, a request taken back, a removal and a lifted block', async () => {
    const [ann, bob] = await two();
    await ask('request', ann, bob);
    await ask('decline', bob, ann);
    await ask('request', ann, bob);
    await ask('remove', ann, bob);
    await ask('request', bob, ann);
    await ask('accept', ann, bob);
    await ask('remove', bob, ann);
    await ask('block', ann, bob);
    await ask('unblock', ann, bob);
    expect(await ask('request', bob, ann)).toMatchObject({ state: 'requested' });
    expect((await friends.told(ann, bob)).map(({ name, by }) => [name, by === ann.uuid ? 'Ann' : 'Bob'])).toEqual([
      ['FriendRequestSent', 'Ann'],
      ['FriendDeclined', 'Bob'],
      ['FriendRequestSent', 'Ann'],
      ['FriendDeclined', 'Ann'],
      ['FriendRequestSent', 'Bob'],
      ['FriendAccepted', 'Ann'],
      ['FriendRemoved', 'Bob'],
      ['PersonBlocked', 'Ann'],
      ['PersonUnblocked', 'Ann'],
      ['FriendRequestSent', 'Bob'],
    ]);
  });

  test('of people whose registration was not heard of yet: the caller is known by their token, the other is not', async () => {
    const [bob] = (await friends.people('Bob')) as [Someone];
    const ann = { uuid: freshId(), name: 'Ann of the token' };
    expect(await statusOf(ask('request', bob, ann))).toBe(404);
    expect(await statusOf(ask('request', ann, bob))).toBe('done');
    expect(await statusOf(ask('accept', bob, ann))).toBe('done');
    expect(await friends.told(ann, bob)).toMatchObject([{ payload: { by: ann } }, { payload: { other: ann } }]);
  });
});

describe('a block', () => {
  test('ends a friendship by its own event alone, and only its maker lifts it', async () => {
    const [ann, bob] = await twoFriends();
    expect(await ask('block', bob, ann)).toEqual({ state: 'none', repeated: false });
    expect(await statusOf(ask('unblock', ann, bob))).toBe(404);
    expect(await ask('unblock', bob, ann)).toEqual({ state: 'none', repeated: false });
    expect((await names(ann, bob)).slice(2)).toEqual(['PersonBlocked', 'PersonUnblocked']);
  });

  test('made again is answered alike and told once', async () => {
    const [ann, bob] = await two();
    const answers = [await ask('block', ann, bob), await ask('block', ann, bob)];
    expect(answers).toEqual(Array(2).fill({ state: 'none', repeated: false }));
    expect(await names(ann, bob)).toEqual(['PersonBlocked']);
  });

  test('of both stays until both have lifted theirs', async () => {
    const [ann, bob] = await two();
    await Promise.all([ask('block', ann, bob), ask('block', bob, ann)]);
    await ask('unblock', ann, bob);
    expect(await statusOf(ask('request', ann, bob))).toBe(403);
    await ask('unblock', bob, ann);
    expect(await statusOf(ask('request', ann, bob))).toBe('done');
  });
});

describe('a step that is not allowed', () => {
  const illegal: readonly [string, readonly (readonly [0 | 1, Asked])[], 0 | 1, Asked, number][] = [
    [
      'to ask a friend',
      [
        [0, 'request'],
        [1, 'accept'],
      ],
      0,
      'request',
      409,
    ],
    ['to ask twice', [[0, 'request']], 0, 'request', 409],
    ['to ask whom one blocks', [[0, 'block']], 0, 'request', 409],
    ['to ask whoever blocks one', [[1, 'block']], 0, 'request', 403],
    ['to accept where nobody asked', [], 0, 'accept', 404],
    [
      'to accept a friend',
      [
        [0, 'request'],
        [1, 'accept'],
      ],
      1,
      'accept',
      404,
    ],
    ["to accept one's own request", [[0, 'request']], 0, 'accept', 403],
    ['to decline where nobody asked', [], 0, 'decline', 404],
    ["to decline one's own request", [[0, 'request']], 0, 'decline', 403],
    [
      'to accept what was declined',
      [
        [0, 'request'],
        [1, 'decline'],
      ],
      1,
      'accept',
      404,
    ],
    [
      'to accept what was taken back',
      [
        [0, 'request'],
        [0, 'remove'],
      ],
      1,
      'accept',
      404,
    ],
    ['to remove a stranger', [], 0, 'remove', 404],
    ['to remove whoever asks', [[1, 'request']], 0, 'remove', 404],
    ['to lift a block that is not there', [], 0, 'unblock', 404],
    [
      'to accept behind a block',
      [
        [0, 'request'],
        [0, 'block'],
      ],
      1,
      'accept',
      404,
    ],
  ];

  test.each(illegal)('%s', async (_, before, who, command, status) => {
    const people = await two();
    const put = (one: 0 | 1, asked: Asked) => ask(asked, people[one], people[one === 0 ? 1 : 0]);
    for (const [one, asked] of before) await put(one, asked);
    const [told, pair] = [await names(...people), await friends.pair(...people)];
    expect(await statusOf(put(who, command))).toBe(status);
    expect([await names(...people), await friends.pair(...people)]).toEqual([told, pair]);
  });

  test('a conflict says what is wrong with whom', async () => {
    const [ann, bob] = await two();
    const because = (message: string) => ({ status: 409, message: 'conflict', faults: [{ path: '/uuid', message }] });
    await ask('request', ann, bob);
    await expect(ask('request', ann, bob)).rejects.toMatchObject(because('has been asked already'));
    await ask('accept', bob, ann);
    await expect(ask('request', bob, ann)).rejects.toMatchObject(because('is a friend already'));
    await ask('block', ann, bob);
    await expect(ask('request', ann, bob)).rejects.toMatchObject(because('is blocked by you: lift your block first'));
  });

  test('somebody else answers no request between two people', async () => {
    const [ann, bob] = await two();
    const [eve] = (await friends.people('Eve')) as [Someone];
    await ask('request', ann, bob);
    for (const command of ['accept', 'decline', 'remove'] as const) {
      expect(await statusOf(ask(command, eve, ann))).toBe(404);
      expect(await statusOf(ask(command, eve, bob))).toBe(404);
    }
    expect(await friends.pair(ann, bob)).toMatchObject({ state: 'requested', version: 1 });
  });

  test.each(commands)('to %s oneself, somebody unknown, or what is no person', async (command) => {
    const [ann] = await two();
    await expect(ask(command, ann, ann)).rejects.toMatchObject({ status: 400, faults: [{ path: '/uuid' }] });
    expect(await statusOf(ask(command, ann, { uuid: freshId() }))).toBe(404);
    expect(await statusOf(ask(command, ann, { uuid: 'x' }))).toBe(400);
  });
});

describe('whom an operator has blocked', () => {
  test('is not asked and not agreed to, but may be left, declined and blocked', async () => {
    const [ann, bob] = await two();
    await ask('request', bob, ann);
    await friends.worker.when(happened('UserBlocked', bob));
    expect(await statusOf(ask('accept', ann, bob))).toBe(404);
    expect(await statusOf(ask('decline', ann, bob))).toBe('done');
    expect(await statusOf(ask('request', ann, bob))).toBe(404);
    expect(await statusOf(ask('block', ann, bob))).toBe('done');
    await friends.worker.when(happened('UserUnblocked', bob));
    expect(await statusOf(ask('unblock', ann, bob))).toBe('done');
    expect(await statusOf(ask('request', ann, bob))).toBe('done');
  });

  test('changes nothing by themselves, and neither does whoever is deleted', async () => {
    for (const event of ['UserBlocked', 'UserDeleted'] as const) {
      const [ann, bob] = await two();
      await friends.worker.when(happened(event, ann));
      for (const command of commands) expect(await statusOf(ask(command, ann, bob))).toBe(403);
      expect(await names(ann, bob)).toEqual([]);
    }
  });
});

test('whoever is deleted is unknown to every command', async () => {
  const [ann, bob] = await twoFriends();
  await friends.worker.when(happened('UserDeleted', bob));
  for (const command of commands) expect(await statusOf(ask(command, ann, bob))).toBe(404);
});

describe('under one key', () => {
  test('50 requests at once are one, and everyone gets its answer', async () => {
    const [ann, bob] = await two();
    const key = { request_id: freshId() };
    const answers = await Promise.all(Array.from({ length: 50 }, () => ask('request', ann, bob, key)));
    expect(answers.filter(({ repeated }) => repeated)).toHaveLength(49);
    expect(new Set(answers.map(({ state }) => state))).toEqual(new Set(['requested']));
    expect(await names(ann, bob)).toEqual(['FriendRequestSent']);
  });

  test('a repeat is answered as then, whatever has happened since, and changes nothing', async () => {
    const [ann, bob] = await two();
    const key = { request_id: freshId() };
    await ask('request', ann, bob, key);
    await ask('accept', bob, ann);
    await ask('remove', bob, ann);
    expect(await ask('request', ann, bob, key)).toEqual({ state: 'requested', repeated: true });
    expect(await friends.pair(ann, bob)).toMatchObject({ state: 'none', version: 3 });
  });

  test('another body is refused, and a refused call keeps no key', async () => {
    const [ann, bob] = await two();
    const [eve] = (await friends.people('Eve')) as [Someone];
    const key = { request_id: freshId() };
    expect(await statusOf(ask('accept', ann, bob, key))).toBe(404);
    await ask('request', bob, ann);
    expect(await statusOf(ask('accept', ann, bob, key))).toBe('done');
    const other = { ...key, fingerprint: 'other' };
    await expect(ask('accept', ann, eve, other)).rejects.toMatchObject({ status: 422, message: 'key reused' });
  });
});

test('over gRPC the answers and the refusals are the same', async () => {
  const [ann, bob] = await twoFriends();
  const [eve] = (await friends.people('Eve')) as [Someone];
  const server = await serveRpc([friends.service], '127.0.0.1:0', testLog);
  const client = rpcClient<FriendsQuestions>(friends.service.proto, `127.0.0.1:${server.port}`);
  try {
    const key = { request_id: freshId() };
    expect(await client.request(friends.between(eve, ann, key))).toEqual({ state: 'requested', repeated: false });
    expect(await client.request(friends.between(eve, ann, key))).toEqual({ state: 'requested', repeated: true });
    await expect(client.accept(friends.between(eve, ann))).rejects.toMatchObject({ status: 403, message: 'forbidden' });
    await friends.worker.when(happened('UserBlocked', bob));
    const page = { subject: ann.uuid, after: '', limit: 1 };
    const first = await client.list(page);
    expect(first).toEqual(await friends.questions.list(page));
    expect(first).toMatchObject({ incoming: [{ uuid: eve.uuid, name: 'Eve', status: '' }], friends: [] });
    const last = await client.list({ ...page, after: first.next });
    expect(last).toMatchObject({ friends: [{ uuid: bob.uuid, status: 'blocked' }], incoming: [], next: '' });
  } finally {
    client.close();
    await server.close();
  }
});
