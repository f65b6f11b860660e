/** Requests and answers as the documents show them, by operation; a test holds each against its endpoint's schema. */
export interface Example {
  readonly body?: object;
  readonly query?: Readonly<Record<string, string>>;
  readonly params?: Readonly<Record<string, string>>;
  readonly answer?: object;
}

const owner = '7c9e6679-7425-40de-944b-e07fc1f90ae7';
const viewer = '16fd2706-8baf-433b-82eb-8c7fada847da';
const donation = 'ee2a1bd3-2a62-5b3c-9a0d-0d1f4c7b5a11';
const refund = '5f6d5b0a-7a35-5d0e-8f44-0a3a6c1d9b77';
const picture = '0190a8f4-6f0b-7c62-8d5e-3c1f4b8a9e21';
const ann = { uuid: owner, nickname: 'Ann', about: 'Live on Fridays', avatar_url: `/file/${picture}` };
const goal = {
  goal_id: '3b241101-e2bb-4255-8caf-4136c566a962',
  name: 'A new camera',
  sum: '84.50',
  require_sum: '200.00',
};
const signedIn = {
  ...{ success: true, uuid: viewer, token: 'eyJhbGciOiJFUzI1NiIsInR5cCI6IkpXVCJ9.…', expires_in: 900 },
  refresh_token: 'Y1tQ0b8mXfVq3Jk9rZ5wHs2NdLgU7oEaTiCxPvB4kWM',
};
const wayBack = 'https://live.example.com/sign-in';
/** Verifier and challenge are those of RFC 7636, Appendix B. */
const pkce = {
  verifier: 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk',
  challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
  state: 'qX3mB7yT0rVn5sKd8hLw2zPc6fJa9uGe1iOxR4tYvNk',
};
const at = '2026-01-31T18:00:00.000Z';
const standing = { currency: 'USD', version: 4 };

export const examples: Readonly<Record<string, Example>> = {
  'message.add': { body: { message: 'Hello!', is_public: true, owner_id: owner } },
  'donation.add': {
    body: { sum: 15.5, message: { message: 'For the camera', is_public: 'true' }, owner_id: owner },
  },
  'connection.add': { body: { connection_id: '9b2d7c1e-4f57-4d8e-8f5f-3f6a0c2b1d90' } },
  'goal.add': { body: { name: 'A new camera', require_sum: '200.00' } },
  'room.add': { body: { name: "Ann's room" } },
  'history.get': {
    query: { owner_id: owner },
    answer: {
      success: true,
      events: [
        {
          ...{ type: 'donate', id: donation, topic: `room:${owner}`, created_at: at },
          ...{ from: { uuid: viewer, type: 'client', name: 'Bob' }, sum: '15.50', currency: 'USD' },
        },
      ],
    },
  },
  'donation.get': {
    params: { id: donation },
    answer: {
      ...{ success: true, donate_id: donation, owner_id: owner, from_uuid: viewer, status: 'settled' },
      ...{ sum: '15.50', currency: 'USD', created_at: at, updated_at: at },
    },
  },
  'goal.get': {
    query: { owner_id: owner },
    answer: { success: true, goal: { ...goal, ...standing, created_at: at }, ended: null, version: 4 },
  },
  'sponsor.get': {
    query: { owner_id: owner },
    answer: { success: true, sponsor: { uuid: viewer, name: 'Bob' }, total: '15.50', ...standing },
  },
  'leaderboard.get': {
    query: { owner_id: owner, window: 'day', limit: '10' },
    answer: { success: true, leaders: [{ uuid: viewer, name: 'Bob', total: '15.50', currency: 'USD' }] },
  },
  'viewers.get': {
    answer: { success: true, viewers: [{ uuid: viewer, type: 'client', name: 'Bob', connections: 2 }] },
  },
  'deposit.add': {
    body: { account: viewer, sum: '100.00' },
    answer: { success: true, transfer_id: donation, balance: '100.00' },
  },
  'payout.add': {
    body: { account: owner, sum: '15.50' },
    answer: { success: true, transfer_id: donation, balance: '0.00' },
  },
  'refund.add': {
    body: { donate_id: donation },
    answer: { success: true, transfer_id: refund, balance: '100.00' },
  },
  'account.get': { answer: { success: true, balance: '84.50', currency: 'USD' } },
  'postings.list': {
    query: { limit: '2' },
    answer: {
      success: true,
      postings: [{ transfer_id: donation, kind: 'donation', sum: '-15.50', created_at: at }],
      next: 'MTc',
    },
  },
  'profile.get': { answer: { success: true, ...ann, messages_from: 'friends' } },
  'profile.of': { params: { uuid: owner }, answer: { success: true, ...ann } },
  'profile.put': {
    body: { nickname: 'Ann', about: 'Live on Fridays', avatar: picture },
    answer: { success: true, ...ann, messages_from: 'friends' },
  },
  'users.search': {
    query: { search: 'an', limit: '1' },
    answer: { success: true, users: [ann], next: 'QW5u' },
  },
  'register.add': {
    body: { phone: '+12133734253', password: 'correct horse battery', nickname: 'Bob' },
    answer: signedIn,
  },
  login: { body: { nickname: 'Bob', password: 'correct horse battery' }, answer: signedIn },
  'token.refresh': { body: { refresh_token: signedIn.refresh_token }, answer: signedIn },
  logout: { answer: { success: true } },
  'password.change': {
    body: { old_password: 'correct horse battery', password: 'staple the horse' },
    answer: signedIn,
  },
  'me.delete': { answer: { success: true } },
  'person.block': { params: { uuid: viewer }, answer: { success: true } },
  'person.unblock': { params: { uuid: viewer }, answer: { success: true } },
  'keys.list': {
    answer: {
      keys: [
        {
          ...{ kty: 'EC', crv: 'P-256', kid: 'vX2ZP0c0oH4yJ8bq1n3r5A', use: 'sig', alg: 'ES256' },
          x: 'WKn-ZIGevcwGIyyrzFoZNBdaq9_TsqzGl96oc0CWuis',
          y: 'y77t-RvAHRKTsSGdIYUfweuOvwrvDD-Q3Hv5J0fSKbE',
        },
      ],
    },
  },
  'oauth.list': { answer: { success: true, providers: ['google'] } },
  'oauth.begin': {
    params: { provider: 'google' },
    query: { redirect_uri: wayBack, code_challenge: pkce.challenge, code_challenge_method: 'S256' },
    answer: { success: true, url: 'https://accounts.google.com/o/oauth2/v2/auth?client_id=…', state: pkce.state },
  },
  'oauth.add': {
    body: {
      ...{ provider: 'google', code: '4/0AeanS0a', state: pkce.state },
      ...{ redirect_uri: wayBack, code_verifier: pkce.verifier },
    },
    answer: signedIn,
  },
  'password.reset': { body: { email: 'bob@example.com' }, answer: { success: true } },
  'password.confirm': {
    body: { token: 'b0tqU1f0Wm5hZ2FpbiBhbmQgYWdhaW4gYW5kIG9uY2U', password: 'staple the horse' },
    answer: { success: true },
  },
  'request.add': { body: { uuid: viewer }, answer: { success: true, state: 'requested' } },
  'request.accept': { body: { uuid: viewer }, answer: { success: true, state: 'friends' } },
  'request.decline': { body: { uuid: viewer }, answer: { success: true } },
  'friend.remove': { body: { uuid: viewer }, answer: { success: true } },
  'friends.list': {
    query: { limit: '2' },
    answer: {
      ...{ success: true, friends: [{ uuid: viewer, name: 'Bob', since: at }] },
      ...{ incoming: [], outgoing: [], blocked: [] },
    },
  },
  'block.add': { body: { uuid: viewer }, answer: { success: true } },
  'block.remove': { body: { uuid: viewer }, answer: { success: true } },
  'ops.status': {
    answer: { success: true, ready: true, checks: { kafka: 'ok' }, lag: { save: 0, 'transfer-money': 0 } },
  },
  'ops.dead-letters': {
    query: { limit: '10' },
    answer: {
      success: true,
      dead_letters: [
        {
          ...{ id: '0-17', group: 'save', listener: 'SaveMessage', reason: 'value is not JSON', tries: 1 },
          ...{ set_aside_at: at, retried_at: null, event: 'AddNewMessage', event_id: donation },
          source: { topic: 'rooms', partition: 3, offset: '1024' },
        },
      ],
    },
  },
  'ops.dead-letter.retry': { params: { id: '0-17' }, answer: { success: true } },
  'room-events.list': {
    params: { owner_id: owner },
    answer: { success: true, events: [{ type: 'message', id: donation, topic: `room:${owner}`, created_at: at }] },
  },
};
