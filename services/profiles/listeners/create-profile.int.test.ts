import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { freshId } from '../../../shared/ids.ts';
import { openTestProfiles, registered, type TestProfiles } from '../testing/profiles.ts';
import { createProfileWith } from './create-profile.ts';

let profiles: TestProfiles;
beforeAll(async () => {
  profiles = await openTestProfiles();
});
afterAll(() => profiles.close());

test('a person who registers has a profile, and the first word on it is said', async () => {
  const worker = await profiles.worker();
  const [ann, bob] = [freshId(), freshId()];
  const { outcomes, emitted } = await worker.when(registered(ann, 'Ann'), registered(bob, 'Bob'));
  expect(outcomes).toEqual(['done', 'done']);
  const fresh = { about: '', avatar: null, messages_from: 'friends', version: 1 };
  expect(emitted).toMatchObject([
    { name: 'ProfileUpdated', payload: { uuid: ann, nickname: 'Ann', ...fresh } },
    { name: 'ProfileUpdated', payload: { uuid: bob, nickname: 'Bob', ...fresh } },
  ]);
  expect(await profiles.questions.profile({ uuid: ann })).toMatchObject({ nickname: 'Ann', version: 1 });
  expect(await worker.again()).toEqual({ outcomes: ['duplicate', 'duplicate'], emitted: [] });
});

test('whose nickname was taken meanwhile begins with it and an end of their uuid', async () => {
  const worker = await profiles.worker();
  const uuid = '0190a8f4-6f0b-7c62-8d5e-3c1f4b8a9e21';
  await profiles.person('Cleo');
  await profiles.person('CLEO-9E21');
  const { emitted } = await worker.when(registered(uuid, 'cléo'));
  expect(emitted).toMatchObject([{ payload: { nickname: 'cléo-4b8a9e21', version: 1 } }]);
});

test('people of one nickname in one batch, and in two at once, all have profiles', async () => {
  const [worker, other] = [await profiles.worker(), await profiles.worker()];
  const people = Array.from({ length: 20 }, freshId);
  const events = people.map((uuid, at) => registered(uuid, at % 2 ? 'Dora' : 'DORA'));
  const [one, two] = await Promise.all([worker.when(...events.slice(0, 10)), other.when(...events.slice(10))]);
  expect([...one.outcomes, ...two.outcomes]).toEqual(people.map(() => 'done'));
  const views = await Promise.all(people.map((uuid) => profiles.questions.profile({ uuid })));
  expect(views.filter(({ nickname }) => nickname.toLowerCase() === 'dora')).toHaveLength(1);
  expect(new Set(views.map(({ nickname }) => nickname.toLowerCase())).size).toBe(people.length);
});

test('two workers at once on the same events, as after a lost partition, make each profile once', async () => {
  const [worker, zombie] = [await profiles.worker(), await profiles.worker()];
  for (let round = 0; round < 10; round++) {
    const people = Array.from({ length: 5 }, freshId);
    const events = people.map((uuid, at) => ({ ...registered(uuid, `Eve ${round} ${at}`), id: freshId() }));
    await Promise.all([worker.when(...events), zombie.when(...events)]);
    for (const [at, uuid] of people.entries()) {
      expect(await profiles.said(uuid)).toMatchObject([{ nickname: `Eve ${round} ${at}`, version: 1 }]);
    }
  }
});

test('where the product says so, a new person takes messages from everyone', async () => {
  const worker = await profiles.worker([createProfileWith('everyone')]);
  const uuid = freshId();
  const { emitted } = await worker.when(registered(uuid, 'Fay'));
  expect(emitted).toMatchObject([{ payload: { nickname: 'Fay', messages_from: 'everyone' } }]);
  expect(await profiles.questions.profile({ uuid })).toMatchObject({ messages_from: 'everyone' });
});
