import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { freshId } from '../../../shared/ids.ts';
import type { Harness } from '../../../shared/testing/harness.ts';
import { marked, openTestProfiles, registered, statusOf, type TestProfiles } from '../testing/profiles.ts';

/** What is said of people whose registration is handled after it, out of the dead letters say. */
let profiles: TestProfiles;
let worker: Harness;
beforeAll(async () => {
  profiles = await openTestProfiles();
  worker = await profiles.worker();
});
afterAll(() => profiles.close());

const nothing = { outcomes: ['duplicate'], emitted: [] };
const versions = async (uuid: string) => (await profiles.said(uuid)).map(({ version }) => version);
const found = async (search: string) => (await profiles.questions.search({ search, after: '', limit: 10 })).people;

describe('a deletion before the registration', () => {
  test('is kept and said once; the registration makes nothing, and nobody loses the nickname', async () => {
    const uuid = freshId();
    const deletion = marked('UserDeleted', uuid);
    const { outcomes, emitted } = await worker.when(deletion);
    expect(outcomes).toEqual(['done']);
    expect(emitted).toMatchObject([{ name: 'ProfileUpdated', payload: { uuid, nickname: null, version: 1 } }]);
    expect(await worker.again()).toEqual(nothing);
    expect(await worker.when(marked('UserDeleted', uuid))).toEqual(nothing);
    const registration = registered(uuid, 'Ann');
    expect(await worker.when(registration)).toEqual(nothing);
    expect(await worker.when(registration, deletion)).toEqual({ outcomes: ['duplicate', 'duplicate'], emitted: [] });
    const gone = { nickname: '', status: 'deleted', version: 1 };
    expect(await profiles.questions.profile({ uuid })).toMatchObject(gone);
    expect(await profiles.questions.profile({ uuid, registered_as: 'Ann' })).toMatchObject(gone);
    expect(await statusOf(profiles.questions.update({ uuid, registered_as: 'Ann', about: 'x' }))).toBe(403);
    await profiles.person('Ann');
    expect(await versions(uuid)).toEqual([1]);
  });

  test('is final whatever else is told, in whatever order', async () => {
    const uuid = freshId();
    const { outcomes } = await worker.when(
      ...[marked('UserBlocked', uuid), marked('UserDeleted', uuid), marked('UserUnblocked', uuid)],
      ...[registered(uuid, 'Bob'), marked('UserBlocked', uuid)],
    );
    expect(outcomes).toEqual(['done', 'done', 'skip: is deleted', 'duplicate', 'skip: is deleted']);
    expect(await profiles.questions.profile({ uuid })).toMatchObject({ nickname: '', status: 'deleted', version: 1 });
  });

  test('in the usual order has two versions, and what comes again adds none', async () => {
    const uuid = freshId();
    const events = [registered(uuid, 'Cleo'), marked('UserDeleted', uuid)];
    expect((await worker.when(...events)).outcomes).toEqual(['done', 'done']);
    expect(await worker.again()).toEqual({ outcomes: ['duplicate', 'duplicate'], emitted: [] });
    expect(await versions(uuid)).toEqual([1, 2]);
  });
});

describe('a block before the registration', () => {
  test('shows nobody a profile, and the one that is made is blocked', async () => {
    const [uuid, block] = [freshId(), marked('UserBlocked', freshId())];
    const own = { ...block, payload: { ...block.payload, uuid } } as typeof block;
    expect(await worker.when(own)).toEqual({ outcomes: ['done'], emitted: [] });
    expect(await worker.again()).toEqual(nothing);
    expect(await statusOf(profiles.questions.profile({ uuid }))).toBe(404);
    const will = { nickname: 'Dora', status: 'blocked', version: 0 };
    expect(await profiles.questions.profile({ uuid, registered_as: 'Dora' })).toMatchObject(will);
    expect(await statusOf(profiles.questions.update({ uuid, registered_as: 'Dora', about: 'x' }))).toBe(403);
    const { outcomes, emitted } = await worker.when(registered(uuid, 'Dora'));
    expect(outcomes).toEqual(['done']);
    expect(emitted).toMatchObject([{ payload: { uuid, nickname: 'Dora', messages_from: 'friends', version: 1 } }]);
    expect(await worker.again()).toEqual(nothing);
    expect(await worker.when(own)).toEqual(nothing);
    expect(await profiles.questions.profile({ uuid })).toMatchObject({ ...will, version: 1 });
    expect(await found('Dora')).toEqual([]);
    await worker.when(marked('UserUnblocked', uuid));
    expect(await found('Dora')).toMatchObject([{ uuid }]);
  });

  test('that is lifted before it too leaves a profile like any other', async () => {
    const uuid = freshId();
    await worker.when(marked('UserBlocked', uuid), marked('UserUnblocked', uuid));
    expect(await statusOf(profiles.questions.profile({ uuid }))).toBe(404);
    expect(await statusOf(profiles.questions.update({ uuid, about: 'x' }))).toBe(403);
    const early = await profiles.questions.update({ uuid, registered_as: 'Eve', about: 'Early' });
    expect(early).toMatchObject({ nickname: 'Eve', about: 'Early', status: 'active', version: 1 });
    expect(await worker.when(registered(uuid, 'Eve'))).toEqual(nothing);
    expect(await versions(uuid)).toEqual([1]);
  });

  test('in the usual order, and in one batch, has the same end', async () => {
    for (const order of [0, 1]) {
      const uuid = freshId();
      const events = [registered(uuid, `Fay ${order}`), marked('UserBlocked', uuid), marked('UserBlocked', uuid)];
      const { outcomes } = await worker.when(...(order ? events.reverse() : events));
      expect(outcomes).toEqual(['done', 'done', 'done']);
      const blocked = { nickname: `Fay ${order}`, status: 'blocked', version: 1 };
      expect(await profiles.questions.profile({ uuid })).toMatchObject(blocked);
    }
  });

  test('leaves nothing to do for a lifting alone', async () => {
    const uuid = freshId();
    const lifted = { outcomes: ['skip: has no profile'], emitted: [] };
    expect(await worker.when(marked('UserUnblocked', uuid))).toEqual(lifted);
    expect((await worker.when(registered(uuid, 'Gail'))).outcomes).toEqual(['done']);
    expect(await profiles.questions.profile({ uuid })).toMatchObject({ nickname: 'Gail', status: 'active' });
  });
});

test('where the product says so, a profile that is made under a mark takes messages from everyone', async () => {
  const uuid = freshId();
  await worker.when(marked('UserBlocked', uuid), marked('UserUnblocked', uuid));
  const open = profiles.questionsWith('everyone');
  expect(await open.update({ uuid, registered_as: 'Hal', about: 'x' })).toMatchObject({ messages_from: 'everyone' });
});

test('a mark and a registration that two workers handle at once come to the same, whichever is first', async () => {
  const other = await profiles.worker();
  for (let round = 0; round < 15; round++) {
    const [blocked, deleted] = [freshId(), freshId()];
    await Promise.all([
      worker.when(registered(blocked, `Ida ${round}`), registered(deleted, `Jon ${round}`)),
      other.when(marked('UserBlocked', blocked), marked('UserDeleted', deleted)),
    ]);
    const nickname = `Ida ${round}`;
    expect(await profiles.questions.profile({ uuid: blocked })).toMatchObject({ nickname, status: 'blocked' });
    expect(await profiles.questions.profile({ uuid: deleted })).toMatchObject({ nickname: '', status: 'deleted' });
    expect(await versions(blocked)).toEqual([1]);
    expect([[1], [1, 2]]).toContainEqual(await versions(deleted));
  }
});
