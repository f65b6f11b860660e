import { describe, expect, test } from '@jest/globals';
import type { AskEndpoint, Call, Caller } from '../../shared/endpoint.ts';
import { freshId } from '../../shared/ids.ts';
import { OWN_ISSUER } from '../../shared/jwt.ts';
import { getOwnProfile, getProfile, type ProfilesPorts, putProfile, searchUsers } from './endpoints.ts';
import type { ProfilesQuestions, ProfileView } from './questions.ts';

const ann = freshId();
const avatar = freshId();
const stored: ProfileView = {
  ...{ uuid: ann, nickname: 'Ann', about: 'Hi', avatar, messages_from: 'friends', status: 'active', version: 3 },
};
const asShown = { uuid: ann, nickname: 'Ann', about: 'Hi', avatar_url: `/file/${avatar}` };

/** Profiles that remember what they were asked and answer this one. */
function answering(view: ProfileView = stored) {
  const asked: object[] = [];
  const profiles: ProfilesQuestions = {
    profile: (request) => (asked.push(request), Promise.resolve(view)),
    update: (request) => (asked.push(request), Promise.resolve(view)),
    search: (request) => (asked.push(request), Promise.resolve({ people: [view], next: request.after ? '' : 'n' })),
  };
  return { asked, ports: { profiles } satisfies ProfilesPorts };
}

const registered: Partial<Caller> = { issuer: OWN_ISSUER, name: 'Ann' };

function call(parts: Partial<Call>, more: Partial<Caller> = {}): Call {
  const nobodyElse = { owner: null, name: '', issuer: '', scopes: new Set<string>() };
  const caller = { subject: ann, type: 'client' as const, ...nobodyElse, ...more };
  const from = { address: '', host: '', userAgent: '' };
  const rest = { body: undefined, query: {}, params: {}, fingerprint: 'f', now: new Date(0), from };
  return { id: freshId(), isKeyed: false, caller, ...rest, ...parts };
}

/** Checks and asks as the ingress does. */
async function ask(endpoint: AskEndpoint<ProfilesPorts>, made: Call, ports: ProfilesPorts) {
  return endpoint.ask(endpoint.check(made), ports);
}

test('the operations have their frozen names', () => {
  const names = [getOwnProfile, getProfile, putProfile, searchUsers].map(({ operation }) => operation);
  expect(names).toEqual(['profile.get', 'profile.of', 'profile.put', 'users.search']);
});

test('one’s own profile says from whom one takes messages; to others it does not', async () => {
  const { asked, ports } = answering();
  const own = await ask(getOwnProfile, call({}, registered), ports);
  expect(own).toEqual({ body: { success: true, ...asShown, messages_from: 'friends' } });
  const other = await ask(getProfile, call({ params: { uuid: ann } }, registered), ports);
  expect(other).toEqual({ body: { success: true, ...asShown } });
  expect(asked).toEqual([{ uuid: ann, registered_as: 'Ann' }, { uuid: ann }]);
});

test('a person of the site is not taken for one who has registered here', async () => {
  const { asked, ports } = answering();
  await ask(getOwnProfile, call({}, { issuer: 'https://site.example', name: 'Ann' }), ports);
  expect(asked).toEqual([{ uuid: ann }]);
});

test.each(['https://site.example', 'Rostra', ''])(
  'a token of %p changes no profile, even where the site knows a person under the uuid of one who is registered here',
  async (issuer) => {
    const { asked, ports } = answering();
    const changing = ask(putProfile, call({ body: { nickname: 'Ann' } }, { issuer, name: 'Ann' }), ports);
    await expect(changing).rejects.toMatchObject({ status: 403 });
    expect(asked).toEqual([]);
  },
);

test('a deleted person has neither nickname nor picture; a blocked one is shown as such', async () => {
  const deleted = answering({ ...stored, nickname: '', about: '', avatar: '', status: 'deleted' });
  const params = { params: { uuid: ann } };
  expect((await ask(getProfile, call(params), deleted.ports)).body).toEqual({
    ...{ success: true, uuid: ann, nickname: null, about: '', avatar_url: null, status: 'deleted' },
  });
  const blocked = answering({ ...stored, status: 'blocked' });
  expect((await ask(getProfile, call(params), blocked.ports)).body).toMatchObject({ status: 'blocked' });
});

test.each([['x'], ['ANN'], [ann.toUpperCase()], ["' OR 1=1"]])('%p is no uuid of a profile', async (uuid) => {
  const { asked, ports } = answering();
  await expect(ask(getProfile, call({ params: { uuid } }), ports)).rejects.toMatchObject({ status: 400 });
  expect(asked).toEqual([]);
});

describe('a change of the profile', () => {
  const put = (body: unknown, ports: ProfilesPorts) => ask(putProfile, call({ body }, registered), ports);

  test('takes each field alone, and the picture away by null', async () => {
    const { asked, ports } = answering();
    for (const body of [
      { nickname: 'Bee' },
      { about: '😀'.repeat(500) },
      { avatar },
      { avatar: null },
      { messages_from: 'everyone' },
    ]) {
      expect((await put(body, ports)).body).toEqual({ success: true, ...asShown, messages_from: 'friends' });
    }
    const caller = { uuid: ann, registered_as: 'Ann' };
    expect(asked).toEqual([
      { ...caller, nickname: 'Bee' },
      { ...caller, about: '😀'.repeat(500) },
      { ...caller, avatar },
      { ...caller, avatar: '' },
      { ...caller, messages_from: 'everyone' },
    ]);
  });

  test.each([
    ['nothing', {}],
    ['no body', undefined],
    ['a field of its own making', { about: '', status: 'active' }],
    ['somebody else’s uuid', { uuid: freshId(), about: '' }],
    ['an address of a picture', { avatar_url: 'http://127.0.0.1/' }],
    ['a longer text than 500 characters', { about: 'a'.repeat(501) }],
    ['a longer nickname than 32 characters', { nickname: 'a'.repeat(33) }],
    ['an empty nickname', { nickname: '' }],
    ['no nickname', { nickname: null }],
    ['a nickname with a blank before it', { nickname: ' Ann' }],
    ['a nickname of zero width', { nickname: '\u200B' }],
    ['a nickname with an invisible character', { nickname: 'A\u00ADnn' }],
    ['a nickname with two blanks in a row', { nickname: 'Ann  Bee' }],
    ['a nickname that turns the text around', { nickname: 'Ann\u202E' }],
    ['messages from nobody', { messages_from: 'nobody' }],
    ['a number for a picture', { avatar: 1 }],
  ])('that says %s is refused', async (_, body) => {
    const { asked, ports } = answering();
    await expect(put(body, ports)).rejects.toMatchObject({ status: 400, message: 'bad params' });
    expect(asked).toEqual([]);
  });

  test.each(['http://127.0.0.1/', 'http://[::1]/', 'file:///etc/passwd', 'http://2130706433/', 'gopher://x', 'x', ''])(
    'takes %p for no picture, and nothing is fetched',
    async (address) => {
      const { asked, ports } = answering();
      await expect(put({ avatar: address }, ports)).rejects.toMatchObject({
        ...{ status: 422, message: 'unprocessable', faults: [{ path: '/avatar' }] },
      });
      expect(asked).toEqual([]);
    },
  );
});

describe('the search', () => {
  const search = (query: unknown, ports: ProfilesPorts) => ask(searchUsers, call({ query }), ports);

  test('answers people, and the cursor of the next page as long as there is one', async () => {
    const { asked, ports } = answering();
    expect((await search({ search: '%' }, ports)).body).toEqual({ success: true, users: [asShown], next: 'n' });
    const last = await search({ search: '😀'.repeat(32), after: 'n', limit: '100' }, ports);
    expect(last.body).toEqual({ success: true, users: [asShown] });
    expect(asked).toEqual([
      { search: '%', after: '', limit: 50 },
      { search: '😀'.repeat(32), after: 'n', limit: 100 },
    ]);
  });

  test.each([
    [{}],
    [{ search: '' }],
    [{ search: 'a'.repeat(33) }],
    [{ search: 'a', limit: '0' }],
    [{ search: 'a', limit: '101' }],
    [{ search: 'a', limit: '1e9' }],
    [{ search: 'a', limit: '-1' }],
    [{ search: 'a', offset: '-1' }],
    [{ search: 'a', sort: 'about' }],
    [{ search: 'a', after: '' }],
    [{ search: 'a', after: 'a'.repeat(257) }],
  ])('refuses %p', async (query) => {
    const { asked, ports } = answering();
    await expect(search(query, ports)).rejects.toMatchObject({ status: 400 });
    expect(asked).toEqual([]);
  });
});
