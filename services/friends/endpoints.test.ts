import { describe, expect, test } from '@jest/globals';
import type { AskEndpoint, Call } from '../../shared/endpoint.ts';
import { freshId } from '../../shared/ids.ts';
import {
  acceptFriend,
  blockPerson,
  declineFriend,
  type FriendsPorts,
  listFriends,
  removeFriend,
  requestFriend,
  unblockPerson,
} from './endpoints.ts';
import type { FriendsQuestions, PairRequest } from './questions.ts';

const ann = freshId();
const bob = freshId();
const id = freshId();
const relation = { uuid: bob, name: 'Bob', status: '', since: '2026-01-01T00:00:00.000Z' };

/** Friends who remember what they were asked and always agree. */
function agreeing() {
  const asked: [string, object][] = [];
  const command = (name: string, state: 'none' | 'requested' | 'friends') => (request: PairRequest) => {
    asked.push([name, request]);
    return Promise.resolve({ state, repeated: true });
  };
  const friends: FriendsQuestions = {
    request: command('request', 'requested'),
    accept: command('accept', 'friends'),
    decline: command('decline', 'none'),
    remove: command('remove', 'none'),
    block: command('block', 'none'),
    unblock: command('unblock', 'none'),
    async list(request) {
      asked.push(['list', request]);
      const gone = { ...relation, status: 'blocked' };
      return { friends: [relation], incoming: [gone], outgoing: [], blocked: [], next: request.after ? '' : 'b' };
    },
  };
  return { asked, ports: { friends } satisfies FriendsPorts };
}

function call(parts: Partial<Call>, issuer = 'rostra'): Call {
  const caller = { subject: ann, type: 'client' as const, owner: null, name: 'Ann', issuer, scopes: new Set<string>() };
  const from = { address: '', host: '', userAgent: '' };
  const rest = { body: undefined, query: {}, params: {}, fingerprint: 'f', now: new Date(0), from };
  return { id, isKeyed: true, caller, ...rest, ...parts };
}

/** Checks and asks as the ingress does. */
const ask = async (endpoint: AskEndpoint<FriendsPorts>, parts: Partial<Call>, ports: FriendsPorts, issuer?: string) =>
  endpoint.ask(endpoint.check(call(parts, issuer)), ports);

describe.each([
  ['POST /request', requestFriend, 'request.add', 'taken', 'request', { success: true, state: 'requested' }],
  ['POST /accept', acceptFriend, 'request.accept', 'taken', 'accept', { success: true, state: 'friends' }],
  ['POST /decline', declineFriend, 'request.decline', 'taken', 'decline', { success: true }],
  ['DELETE /friend', removeFriend, 'friend.remove', 'none', 'remove', { success: true }],
  ['POST /block', blockPerson, 'block.add', 'taken', 'block', { success: true }],
  ['DELETE /block', unblockPerson, 'block.remove', 'none', 'unblock', { success: true }],
] as const)('%s', (_, endpoint, operation, key, question, body) => {
  test('has its frozen name and asks for no scope', () => {
    expect(endpoint).toMatchObject({ kind: 'ask', operation, key, scope: null, status: 200 });
    expect(endpoint.limit).toBe(operation === 'request.add' ? 'invites' : 'requests');
  });

  test('asks in the name of its caller, under the key where there is one', async () => {
    const { asked, ports } = agreeing();
    expect(await ask(endpoint, { body: { uuid: bob } }, ports)).toEqual({ body, repeated: true });
    await ask(endpoint, { body: { uuid: bob }, isKeyed: false }, ports);
    const request = { request_id: id, fingerprint: 'f', caller: { uuid: ann, name: 'Ann' }, person: bob };
    expect(asked).toEqual([
      [question, request],
      [question, { ...request, request_id: '' }],
    ]);
  });

  test.each([
    [undefined],
    [{}],
    [{ uuid: 'x' }],
    [{ uuid: bob.toUpperCase() }],
    [{ uuid: bob, sender_id: ann }],
    [{ uuid: bob, status: 'friends' }],
  ])('refuses the body %p', (wrong) => {
    expect(() => endpoint.check(call({ body: wrong }))).toThrow('bad params');
  });

  test.each(['', 'https://site.example'])('is not for people of the issuer %p', async (issuer) => {
    const { asked, ports } = agreeing();
    await expect(ask(endpoint, { body: { uuid: bob } }, ports, issuer)).rejects.toMatchObject({ status: 403 });
    expect(asked).toEqual([]);
  });
});

describe('GET /friends', () => {
  test('shows the caller their own relations, 50 unless asked otherwise, and says nothing more at the end', async () => {
    const { asked, ports } = agreeing();
    const { status: _, ...shown } = relation;
    const page = {
      success: true,
      friends: [shown],
      incoming: [{ ...shown, status: 'blocked' }],
      outgoing: [],
      blocked: [],
    };
    expect(await ask(listFriends, {}, ports)).toEqual({ body: { ...page, next: 'b' } });
    expect(await ask(listFriends, { query: { after: 'b', limit: '100' } }, ports)).toEqual({ body: page });
    expect(asked).toEqual([
      ['list', { subject: ann, after: '', limit: 50 }],
      ['list', { subject: ann, after: 'b', limit: 100 }],
    ]);
  });

  test('is not for people of the site', async () => {
    await expect(ask(listFriends, {}, agreeing().ports, '')).rejects.toMatchObject({ status: 403 });
  });

  test.each([{ limit: '0' }, { limit: '101' }, { limit: '05' }, { after: '' }, { uuid: freshId() }])(
    'refuses the query %p',
    (query) => {
      expect(() => listFriends.check(call({ query }))).toThrow('bad params');
    },
  );
});
