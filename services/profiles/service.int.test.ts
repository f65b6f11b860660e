import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { freshId } from '../../shared/ids.ts';
import { rpcClient, serveRpc } from '../../shared/rpc.ts';
import { testLog } from '../../shared/testing/environment.ts';
import type { ProfilesQuestions } from './questions.ts';
import { profilesProto } from './service.ts';
import { marked, openTestProfiles, registered, statusOf, type TestProfiles } from './testing/profiles.ts';

let profiles: TestProfiles;
beforeAll(async () => {
  profiles = await openTestProfiles();
});
afterAll(() => profiles.close());

/** A nickname that nobody else in this file has. */
let made = 0;
const name = (text = 'Ann') => `${text} ${made++}`;
const view = (more: object) => ({
  ...{ about: '', avatar: '', messages_from: 'friends', status: 'active', version: 1, ...more },
});

describe('a profile that is changed', () => {
  test('is answered whole, and said whole with the next version', async () => {
    const [nickname, avatar] = [name(), freshId()];
    const uuid = await profiles.person(nickname);
    const before = profiles.commits();
    const changed = await profiles.questions.update({ uuid, about: 'Hi 😀', avatar, messages_from: 'everyone' });
    expect(changed).toEqual(view({ uuid, nickname, about: 'Hi 😀', avatar, messages_from: 'everyone', version: 2 }));
    expect(await profiles.questions.profile({ uuid })).toEqual(changed);
    expect(profiles.commits()).toBe(before + 1);
    const [first, second] = await profiles.said(uuid);
    expect(first).toMatchObject({ uuid, nickname, about: '', avatar: null, messages_from: 'friends', version: 1 });
    expect(second).toMatchObject({ nickname, about: 'Hi 😀', avatar, messages_from: 'everyone', version: 2 });
    expect(second && first && second.updated_at > first.updated_at).toBe(true);
  });

  test('to what it says already is not changed, and nothing is said', async () => {
    const nickname = name();
    const uuid = await profiles.person(nickname);
    const before = profiles.commits();
    const same = { uuid, nickname, about: '', avatar: '', messages_from: 'friends' } as const;
    expect(await profiles.questions.update(same)).toEqual(view({ uuid, nickname }));
    expect(await profiles.said(uuid)).toHaveLength(1);
    expect(profiles.commits()).toBe(before);
  });

  test('50 times at once has 50 versions, said in their order, each later than the one before', async () => {
    const uuid = await profiles.person(name());
    const texts = Array.from({ length: 50 }, (_, at) => `text ${at}`);
    await Promise.all(texts.map((about) => profiles.questions.update({ uuid, about })));
    const said = await profiles.said(uuid);
    expect(said.map(({ version }) => version)).toEqual(Array.from({ length: 51 }, (_, at) => at + 1));
    const times = said.map(({ updated_at }) => updated_at);
    expect(new Set(times).size).toBe(51);
    expect([...times].sort()).toEqual(times);
    expect((await profiles.questions.profile({ uuid })).about).toBe(said.at(-1)?.about);
  });

  test('of somebody unknown is refused, and so are questions for it', async () => {
    const uuid = freshId();
    expect(await statusOf(profiles.questions.update({ uuid, about: 'x' }))).toBe(403);
    expect(await statusOf(profiles.questions.profile({ uuid }))).toBe(404);
    expect(await statusOf(profiles.questions.profile({ uuid: "' OR 1=1" }))).toBe(400);
  });
});

describe('a nickname', () => {
  test('that 100 people want at once is one person’s, and the others are told that it is taken', async () => {
    const people = await Promise.all(Array.from({ length: 100 }, () => profiles.person(name())));
    const nickname = name('Wanted');
    const asked = people.map((uuid) => statusOf(profiles.questions.update({ uuid, nickname })));
    const answers = await Promise.all(asked);
    expect(answers.filter((answer) => answer === 'done')).toHaveLength(1);
    expect(answers.filter((answer) => answer === 409)).toHaveLength(99);
    const said = await Promise.all(people.map((uuid) => profiles.said(uuid)));
    expect(said.flat().filter((one) => one.nickname === nickname)).toHaveLength(1);
  });

  test('that 100 new people want at once is one person’s too', async () => {
    const nickname = name('New');
    const asked = Array.from({ length: 100 }, () =>
      statusOf(profiles.questions.update({ uuid: freshId(), registered_as: name(), nickname })),
    );
    const answers = await Promise.all(asked);
    expect(answers.filter((answer) => answer === 'done')).toHaveLength(1);
    expect(answers.filter((answer) => answer === 409)).toHaveLength(99);
  });

  test.each([
    ['in case', 'Élodie', 'éLODIE'],
    ['in accents', 'Zoë', 'Zoe'],
    ['in what shows nothing', 'Bob', 'B\u200Bob'],
    ['in case of another script', 'Аня', 'АНЯ'],
  ])('is taken by one that differs %s', async (_, one, other) => {
    await profiles.person(one);
    const refusal = profiles.questions.update({ uuid: freshId(), registered_as: name(), nickname: other });
    await expect(refusal).rejects.toMatchObject({
      ...{ status: 409, message: 'conflict', faults: [{ path: '/nickname', message: 'is taken' }] },
    });
  });

  test('is not taken by another emoji, and comes back as it was given', async () => {
    const family = '\u{1F468}\u200D\u{1F469}\u200D\u{1F467}';
    for (const nickname of ['😀', '😁', family, "'; DROP TABLE profiles; --", '<script>']) {
      const uuid = await profiles.person(nickname);
      expect(await profiles.questions.profile({ uuid })).toMatchObject({ nickname });
    }
  });

  test('may be spelt otherwise by its own person', async () => {
    const nickname = name('Carla');
    const uuid = await profiles.person(nickname);
    const other = nickname.toUpperCase();
    expect(await profiles.questions.update({ uuid, nickname: other })).toMatchObject({ nickname: other, version: 2 });
  });

  test('that changes hands does so at a later time, however fast', async () => {
    const people = await Promise.all(Array.from({ length: 8 }, () => profiles.person(name())));
    const nickname = name('Passed on');
    // Everybody takes it whenever it is free, and lets it go at once.
    await Promise.all(
      people.map(async (uuid) => {
        for (let taken = 0, tries = 0; taken < 3 && tries < 200; tries++) {
          if ((await statusOf(profiles.questions.update({ uuid, nickname }))) !== 'done') continue;
          taken++;
          await profiles.questions.update({ uuid, nickname: name() });
        }
      }),
    );
    const said = await Promise.all(people.map((uuid) => profiles.said(uuid)));
    const held = said.flatMap((events) =>
      events.flatMap((event, at) => {
        if (event.nickname !== nickname) return [];
        return [{ from: event.updated_at, until: events[at + 1]?.updated_at ?? '' }];
      }),
    );
    held.sort((one, other) => (one.from < other.from ? -1 : 1));
    expect(held.length).toBeGreaterThan(8);
    for (const [at, { from }] of held.entries()) if (at > 0) expect(from > (held[at - 1]?.until ?? '')).toBe(true);
  });

  test('that changes hands does so at a later time even if the clock has gone back', async () => {
    const [one, other] = [await profiles.person(name()), await profiles.person(name())];
    const nickname = name('Ahead');
    await profiles.questions.update({ uuid: one, nickname });
    await profiles.database.change('UPDATE profiles SET updated_at = updated_at + INTERVAL 1 HOUR');
    await profiles.questions.update({ uuid: one, nickname: name() });
    await profiles.questions.update({ uuid: other, nickname });
    const freed = (await profiles.said(one)).at(-1)?.updated_at ?? '';
    const taken = (await profiles.said(other)).at(-1)?.updated_at ?? '';
    expect(Date.parse(freed)).toBeGreaterThan(Date.now());
    expect(taken > freed).toBe(true);
    await profiles.database.change('UPDATE profiles SET updated_at = updated_at - INTERVAL 1 HOUR');
  });
});

describe('a person whose registration has not been handled yet', () => {
  test('has the profile that they will have, which nobody else sees', async () => {
    const [uuid, nickname] = [freshId(), name()];
    const will = view({ uuid, nickname, version: 0 });
    expect(await profiles.questions.profile({ uuid, registered_as: nickname })).toEqual(will);
    const open = profiles.questionsWith('everyone');
    const asked = await open.profile({ uuid, registered_as: nickname });
    expect(asked).toEqual({ ...will, messages_from: 'everyone' });
    expect(await statusOf(profiles.questions.profile({ uuid }))).toBe(404);
    expect(await profiles.said(uuid)).toEqual([]);
  });

  test('can change it, whereupon it is stored; the registration adds nothing', async () => {
    const [uuid, nickname] = [freshId(), name()];
    const worker = await profiles.worker();
    const changed = await profiles.questions.update({ uuid, registered_as: nickname, about: 'Early' });
    expect(changed).toEqual(view({ uuid, nickname, about: 'Early' }));
    expect(await worker.when(registered(uuid, nickname))).toEqual({ outcomes: ['duplicate'], emitted: [] });
    expect(await profiles.questions.profile({ uuid })).toEqual(changed);
    expect((await profiles.said(uuid)).map(({ version }) => version)).toEqual([1]);
  });

  test('who changes it while the registration is handled has one profile, with the change', async () => {
    const worker = await profiles.worker();
    for (let round = 0; round < 20; round++) {
      const [uuid, nickname] = [freshId(), name()];
      const changing = profiles.questions.update({ uuid, registered_as: nickname, about: 'At once' });
      await Promise.all([changing, worker.when(registered(uuid, nickname))]);
      expect(await profiles.questions.profile({ uuid })).toMatchObject({ nickname, about: 'At once' });
      const versions = (await profiles.said(uuid)).map(({ version }) => version);
      expect([[1], [1, 2]]).toContainEqual(versions);
    }
  });

  test('whose name somebody has taken meanwhile begins with another', async () => {
    const [uuid, nickname] = [freshId(), name()];
    await profiles.person(nickname.toUpperCase());
    const changed = await profiles.questions.update({ uuid, registered_as: nickname, about: 'x' });
    expect(changed.nickname).toBe(`${nickname}-${uuid.slice(-4)}`);
  });
});

test('who is blocked or deleted changes nothing any more', async () => {
  const worker = await profiles.worker();
  for (const event of ['UserBlocked', 'UserDeleted'] as const) {
    const uuid = await profiles.person(name());
    await worker.when(marked(event, uuid));
    expect(await statusOf(profiles.questions.update({ uuid, registered_as: 'x', about: 'x' }))).toBe(403);
  }
});

test('the questions say the same over gRPC, where what is absent stays absent', async () => {
  const answers = { ...profiles.questions } as never;
  const server = await serveRpc([{ proto: profilesProto, answers }], '127.0.0.1:0', testLog);
  const client = rpcClient<ProfilesQuestions>(profilesProto, `127.0.0.1:${server.port}`);
  const [uuid, nickname, avatar] = [freshId(), name(), freshId()];
  expect(await statusOf(client.profile({ uuid }))).toBe(404);
  expect(await client.profile({ uuid, registered_as: nickname })).toEqual(view({ uuid, nickname, version: 0 }));
  expect(await statusOf(client.update({ uuid, about: 'x' }))).toBe(403);
  await client.update({ uuid, registered_as: nickname, about: 'Hi', avatar });
  expect(await client.update({ uuid, messages_from: 'everyone' })).toMatchObject({ about: 'Hi', avatar, version: 2 });
  const emptied = await client.update({ uuid, about: '', avatar: '' });
  expect(emptied).toEqual(view({ uuid, nickname, messages_from: 'everyone', version: 3 }));
  expect(await client.profile({ uuid })).toEqual(emptied);
  const { people, next } = await client.search({ search: nickname, after: '', limit: 1 });
  expect({ people, next }).toEqual({ people: [{ uuid, nickname, about: '', avatar: '' }], next: '' });
  client.close();
  await server.close();
});
