import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { freshId } from '../../../shared/ids.ts';
import type { Harness } from '../../../shared/testing/harness.ts';
import { marked, openTestProfiles, registered, statusOf, type TestProfiles } from '../testing/profiles.ts';

let profiles: TestProfiles;
let worker: Harness;
beforeAll(async () => {
  profiles = await openTestProfiles();
  worker = await profiles.worker();
});
afterAll(() => profiles.close());

const statusIn = async (uuid: string) => (await profiles.questions.profile({ uuid })).status;

test('who deletes themselves leaves an empty profile, and that is said once', async () => {
  const uuid = await profiles.person('Ann');
  await profiles.questions.update({ uuid, about: 'Hi', avatar: freshId(), messages_from: 'everyone' });
  const { outcomes, emitted } = await worker.when(marked('UserDeleted', uuid));
  expect(outcomes).toEqual(['done']);
  expect(emitted).toMatchObject([
    { name: 'ProfileUpdated', payload: { uuid, nickname: null, about: '', avatar: null, version: 3 } },
  ]);
  expect(await worker.again()).toEqual({ outcomes: ['duplicate'], emitted: [] });
  expect(await worker.when(marked('UserDeleted', uuid))).toEqual({ outcomes: ['duplicate'], emitted: [] });
  const empty = { uuid, nickname: '', about: '', avatar: '', messages_from: 'everyone', status: 'deleted', version: 3 };
  expect(await profiles.questions.profile({ uuid })).toEqual(empty);
});

test('a deletion frees the nickname for another, who has it from a later time on', async () => {
  const [gone, heir] = [await profiles.person('Bea'), await profiles.person('Bea the second')];
  const taking = () => profiles.questions.update({ uuid: heir, nickname: 'BEA' });
  expect(await statusOf(taking())).toBe(409);
  await worker.when(marked('UserDeleted', gone));
  expect(await taking()).toMatchObject({ nickname: 'BEA', version: 2 });
  const freed = (await profiles.said(gone)).at(-1)?.updated_at ?? '';
  const taken = (await profiles.said(heir)).at(-1)?.updated_at ?? '';
  expect(taken > freed).toBe(true);
});

test('a nickname that is freed and taken in one batch is taken later', async () => {
  const [gone, heir] = [await profiles.person('Cleo'), freshId()];
  const { emitted } = await worker.when(marked('UserDeleted', gone), registered(heir, 'cleo'));
  const [freed, taken] = emitted.map(({ payload }) => payload as { nickname: string | null; updated_at: string });
  expect(taken?.nickname).toBe('cleo');
  expect(taken && freed && taken.updated_at > freed.updated_at).toBe(true);
});

test('a block is shown until it is lifted, and says nothing of the profile', async () => {
  const uuid = await profiles.person('Dora');
  expect(await worker.when(marked('UserBlocked', uuid))).toEqual({ outcomes: ['done'], emitted: [] });
  expect(await statusIn(uuid)).toBe('blocked');
  expect(await worker.when(marked('UserUnblocked', uuid))).toEqual({ outcomes: ['done'], emitted: [] });
  expect(await statusIn(uuid)).toBe('active');
  expect(await profiles.said(uuid)).toHaveLength(1);
});

test('a block that is told again after it was lifted does not come true again', async () => {
  const uuid = await profiles.person('Eve');
  const block = marked('UserBlocked', uuid);
  await worker.when(block);
  await worker.when(marked('UserUnblocked', uuid));
  expect((await worker.when(block)).outcomes).toEqual(['duplicate']);
  expect(await statusIn(uuid)).toBe('active');
});

test('deleted is for good', async () => {
  const uuid = await profiles.person('Fay');
  await worker.when(marked('UserDeleted', uuid));
  const { outcomes } = await worker.when(marked('UserBlocked', uuid), marked('UserUnblocked', uuid));
  expect(outcomes).toEqual(['skip: is deleted', 'skip: is deleted']);
  expect(await statusIn(uuid)).toBe('deleted');
  expect((await worker.when(registered(uuid, 'Fay'))).outcomes).toEqual(['duplicate']);
  expect(await statusIn(uuid)).toBe('deleted');
});

test('of two deletions of one person in one batch, and of two registrations, the first counts', async () => {
  const [stored, unknown, fresh] = [await profiles.person('Fox'), freshId(), freshId()];
  for (const uuid of [stored, unknown]) {
    const { outcomes, emitted } = await worker.when(marked('UserDeleted', uuid), marked('UserDeleted', uuid));
    expect(outcomes).toEqual(['done', 'skip: is deleted']);
    expect(emitted).toHaveLength(1);
  }
  const twice = { ...registered(fresh, 'Fern'), id: freshId() };
  const { outcomes, emitted } = await worker.when(registered(fresh, 'Fern'), twice);
  expect(outcomes).toEqual(['done', 'skip: has a profile']);
  expect(emitted).toHaveLength(1);
});

test('two workers at once on the same events, as after a lost partition, mark once', async () => {
  const zombie = await profiles.worker();
  for (let round = 0; round < 10; round++) {
    const uuid = await profiles.person(`Gail ${round}`);
    const events = [marked('UserBlocked', uuid), marked('UserDeleted', uuid)];
    await Promise.all([worker.when(...events), zombie.when(...events)]);
    expect(await statusIn(uuid)).toBe('deleted');
    expect((await profiles.said(uuid)).map(({ version }) => version)).toEqual([1, 2]);
  }
});
