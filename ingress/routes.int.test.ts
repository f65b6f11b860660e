import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { AppError } from '../shared/errors.ts';
import { type Call, Refusal } from '../shared/endpoint.ts';
import { header } from '../shared/event.ts';
import { freshId, intentionId } from '../shared/ids.ts';
import { examples } from './examples.ts';
import { bindRoutes, type Ports, routes } from './routes.ts';
import { bearer, startIngress, type TestIngress } from './testing/ingress.ts';

/**
 * The routes of the contract as clients meet them. The contexts behind them are ports that this test answers for; what
 * they do with it is theirs to test. Numbers of rows are those of reliability.md (d).
 */
const owner = freshId();
const stranger = freshId();
const donation = freshId();
const refunds = new Set<string>();
const connections = new Map<string, string>();
const asked: string[] = [];

const away = () => Promise.reject(new AppError('service-unavailable', 'away', { retriable: true }));
/** A context that answers nothing: each of its questions fails as it does where nobody is there. */
const absent = <Q extends object>() => new Proxy({}, { get: () => away }) as Q;
const ports: Ports = {
  rooms: {
    currency: 'USD',
    async roomExists(ownerId) {
      asked.push(ownerId);
      return ownerId === owner;
    },
    subjectOfConnection: async (id) => connections.get(id) ?? null,
    rooms: {
      roomExists: async ({ owner_id }) => ({ exists: owner_id === owner }),
      history: async () => ({ events: ['{"type":"message"}'] }),
      donation: () => Promise.reject(new Refusal(404, 'not found')),
      goal: async () => ({ goal: null, ended: null, version: 0 }),
      sponsor: async () => ({ sponsor: null, total: '0.00', currency: 'USD', version: 0 }),
      leaderboard: async () => ({ leaders: [] }),
      viewers: async () => ({ viewers: [] }),
      roomEvents: away,
    },
  },
  ledger: {
    currency: 'USD',
    ledger: {
      deposit: async ({ transfer_id, sum }) => ({ transfer_id, balance: sum, currency: 'USD', repeated: false }),
      payout: () => Promise.reject(new Refusal(402, 'insufficient balance')),
      refund: async ({ request_id, donate_id }) => {
        if (donate_id !== donation) throw new Refusal(404, 'not found');
        const repeated = refunds.size > 0;
        refunds.add(request_id);
        return { transfer_id: donate_id, balance: '5.00', currency: 'USD', repeated };
      },
      account: async () => ({ balance: '0.00', currency: 'USD' }),
      postings: async () => ({ postings: [], next: '' }),
    },
  },
  auth: { auth: absent(), mayRedirectTo: () => true },
  profiles: { profiles: absent() },
  friends: { friends: absent() },
  operations: {
    readiness: async () => ({ ready: true, checks: {} }),
    lag: async () => ({ save: 0 }),
    deadLetters: async () => [],
    retry: async (id) => id === '0-1',
  },
};

let ingress: TestIngress;
beforeAll(async () => {
  ingress = await startIngress(bindRoutes(ports));
});
afterAll(() => ingress.close());
beforeEach(() => void asked.splice(0));

const BAD_PARAMS = expect.objectContaining({ success: 'false', message: 'bad params' });
const viewer = bearer();
const post = (path: string, body: unknown, headers: Record<string, string> = viewer) =>
  ingress.send({ path, headers, body });
const payloadOf = (id: unknown) =>
  JSON.parse(String(ingress.published.find(({ headers }) => headers[header.id] === id)?.value)) as Record<
    string,
    unknown
  >;

describe('the requirements’ own examples', () => {
  test('POST /chat/message/add', async () => {
    const answer = await post('/chat/message/add', { message: 'hello', is_public: 'false', owner_id: owner });
    expect([answer.status, answer.json]).toEqual([201, { success: 'ok', id: expect.any(String) }]);
    expect(payloadOf(answer.json['id'])).toMatchObject({ value: 'hello', is_public: false, owner_id: owner });
  });

  test.each(['/chat/donat/add', '/chat/donate/add', '/api/chat/donat/add', '/api/chat/donate/add'])(
    'POST %s, with messgae',
    async (path) => {
      const body = { sum: 15.5, messgae: { message: 'for you', is_public: 'false' }, owner_id: owner };
      const answer = await post(path, body);
      expect(answer.status).toBe(201);
      expect(payloadOf(answer.json['id'])).toMatchObject({
        sum: '15.50',
        currency: 'USD',
        message: { message: 'for you', is_public: false },
      });
    },
  );

  test('an empty comment is none, and both spellings at once answer 400', async () => {
    const comment = { message: '', is_public: 'false' };
    const answer = await post('/chat/donat/add', { sum: 15.5, messgae: comment, owner_id: owner });
    expect(payloadOf(answer.json['id'])).not.toHaveProperty('message');
    const both = { sum: 15.5, messgae: comment, message: comment, owner_id: owner };
    expect((await post('/chat/donat/add', both)).json).toEqual(BAD_PARAMS);
  });

  test('POST /chat/connection/add, and again', async () => {
    const [sub, connection_id] = [freshId(), freshId()];
    connections.set(connection_id, sub);
    for (let at = 0; at < 2; at++) {
      const answer = await post('/chat/connection/add', { connection_id }, bearer({ sub }));
      expect([answer.status, answer.json]).toEqual([201, { success: 'ok', id: expect.any(String) }]);
    }
  });

  test('GET /chat/event/history', async () => {
    const answer = await ingress.send({ path: `/chat/event/history?owner_id=${owner}`, headers: viewer });
    expect([answer.status, answer.json]).toEqual([200, { success: true, events: [{ type: 'message' }] }]);
  });

  const ofTheSignedIn = routes.filter(({ endpoint }) => endpoint.access === 'signed-in');

  test.each(ofTheSignedIn.flatMap(({ method, paths }) => paths.map((path) => [method, path] as const)))(
    '%s %s without a token answers 401',
    async (method, path) => {
      for (const prefix of ['', '/api']) {
        const answer = await ingress.send({ method, path: `${prefix}${path.replaceAll(/:[a-z_]+/g, freshId())}` });
        expect([answer.status, answer.json]).toEqual([401, { success: 'false', message: 'anauthorized' }]);
      }
    },
  );
});

describe('which room', () => {
  const say = (body: object, headers: Record<string, string>) =>
    post('/chat/message/add', { message: 'a', is_public: true, ...body }, headers);

  test('a room token speaks for its room, and needs no question', async () => {
    const headers = bearer({ owner: stranger });
    const answer = await say({}, headers);
    expect([answer.status, payloadOf(answer.json['id'])['owner_id'], asked]).toEqual([201, stranger, []]);
    expect((await say({ owner_id: owner }, headers)).status).toBe(403);
  });

  test('without one the room is named, and must exist', async () => {
    expect((await say({}, bearer())).json).toEqual(BAD_PARAMS);
    expect((await say({ owner_id: stranger }, bearer())).status).toBe(404);
    expect((await say({ owner_id: owner }, bearer())).status).toBe(201);
  });

  test('a user is at home in their own', async () => {
    const sub = freshId();
    const answer = await say({}, bearer({ sub, type: 'user' }));
    expect(payloadOf(answer.json['id'])['owner_id']).toBe(sub);
  });

  test('a refusal after validation leaves the key free', async () => {
    const headers = { ...bearer(), 'idempotency-key': 'k' };
    expect((await say({ owner_id: stranger }, headers)).status).toBe(404);
    expect((await say({ owner_id: owner }, headers)).status).toBe(201);
  });
});

describe('who may', () => {
  test.each([
    ['POST', '/chat/goal/add', { name: 'a', require_sum: 1 }],
    ['GET', '/chat/viewers', undefined],
  ])('row 9: a viewer who calls %s %s gets 403', async (method, path, body) => {
    for (const headers of [bearer(), bearer({ owner })]) {
      const answer = await ingress.send({ method, path, headers, body });
      expect([answer.status, answer.json]).toEqual([403, { success: 'false', message: 'forbidden' }]);
    }
  });

  test('row 9: only the owner of a room answers one viewer in private', async () => {
    const body = { message: 'a', is_public: false, to: stranger };
    expect((await post('/chat/message/add', { ...body, owner_id: owner })).status).toBe(403);
    expect((await post('/chat/message/add', body, bearer({ sub: owner, type: 'user' }))).status).toBe(201);
  });

  test('row 11: registering somebody else’s connection answers 403', async () => {
    const connection_id = freshId();
    connections.set(connection_id, stranger);
    expect((await post('/chat/connection/add', { connection_id })).status).toBe(403);
  });

  test('row 12: an unknown connection answers 404, what is no uuid 400', async () => {
    expect((await post('/chat/connection/add', { connection_id: freshId() })).status).toBe(404);
    for (const connection_id of ['x', '', 1, null, freshId().toUpperCase()]) {
      expect((await post('/chat/connection/add', { connection_id })).json).toEqual(BAD_PARAMS);
    }
  });

  test.each(['/ops/status', '/ops/dead-letters', `/ops/room/${owner}/events`])(
    'row 63: %s is there for operators only',
    async (path) => {
      expect((await ingress.send({ path, headers: viewer })).status).toBe(404);
      const status = (await ingress.send({ path, headers: bearer({ scope: 'ops' }) })).status;
      expect(status).toBe(path.startsWith('/ops/room') ? 503 : 200);
    },
  );

  test('an operator gives a dead letter back, and learns where there is none', async () => {
    const retry = (id: string) =>
      ingress.send({ method: 'POST', path: `/ops/dead-letters/${id}/retry`, headers: bearer({ scope: 'ops' }) });
    expect((await retry('0-1')).json).toEqual({ success: true });
    expect((await retry('0-2')).status).toBe(404);
    expect((await retry('x')).status).toBe(400);
  });
});

describe('sums', () => {
  const donate = (text: string) => post('/chat/donate/add', `{"owner_id":"${owner}","sum":${text}}`);

  test.each(['0', '-1', '-0', '0.001', '1e-7', '0.30000000000000004', '1000000.01', '"0"', '"-1"', '"0.001"', '"1e3"'])(
    'row 16: %s answers 400',
    async (text) => {
      expect((await donate(text)).json).toEqual(BAD_PARAMS);
    },
  );

  test.each([
    'NaN',
    'Infinity',
    '1e309',
    '9007199254740993',
    '" 15"',
    'null',
    '[15]',
    '{}',
    'true',
    '0x10',
    '1_000',
    '"1_000"',
    '"0x10"',
    '"NaN"',
    '""',
    '"١٥"',
    '"15."',
    '".5"',
    '"015"',
    '"1,5"',
  ])('row 17: %s answers 400', async (text) => {
    expect((await donate(text)).json).toEqual(BAD_PARAMS);
  });

  test.each([
    ['0.01', '0.01'],
    ['15.5', '15.50'],
    ['"15.5"', '15.50'],
    ['1e3', '1000.00'],
    ['1000000', '1000000.00'],
  ])('%s is %s', async (text, sum) => {
    const answer = await donate(text);
    expect(payloadOf(answer.json['id'])['sum']).toBe(sum);
  });

  test('row 18: a sum that is said twice answers 400', async () => {
    expect((await post('/chat/donate/add', `{"owner_id":"${owner}","sum":1,"sum":1000}`)).json).toEqual(BAD_PARAMS);
  });

  test('row 19: a donation to oneself answers 400, to nobody or a viewer 404', async () => {
    const self = await post('/chat/donate/add', { sum: 1 }, bearer({ sub: owner, type: 'user' }));
    expect(self.json).toEqual(BAD_PARAMS);
    expect((await post('/chat/donate/add', { sum: 1, owner_id: stranger })).status).toBe(404);
  });

  test.each(['sender_id', 'user_id', 'status', 'is_admin', 'created_at', 'balance', 'from', 'currency'])(
    'row 13: a donation that sets %s answers 400',
    async (field) => {
      expect((await post('/chat/donate/add', { sum: 1, owner_id: owner, [field]: 'x' })).json).toEqual(BAD_PARAMS);
    },
  );
});

describe('is_public', () => {
  const say = (text: string) =>
    post('/chat/message/add', `{"message":"a","owner_id":"${owner}"${text === '' ? '' : `,"is_public":${text}`}}`);

  test.each([
    ['"false"', false],
    ['false', false],
    ['"true"', true],
    ['true', true],
  ])('row 23: %s is %s', async (text, isPublic) => {
    expect(payloadOf((await say(text)).json['id'])['is_public']).toBe(isPublic);
  });

  test.each(['"FALSE"', '0', '1', 'null', '"no"', '""', '[]', ''])(
    'row 23: %s answers 400, and is never public',
    async (text) => {
      expect((await say(text)).json).toEqual(BAD_PARAMS);
    },
  );
});

describe('texts', () => {
  const say = (message: string) => post('/chat/message/add', { message, is_public: true, owner_id: owner });

  test.each(['', '   ', '\n', 'x'.repeat(501), '😀'.repeat(501)])('row 27: %j answers 400', async (text) => {
    expect((await say(text)).json).toEqual(BAD_PARAMS);
  });

  test('row 29: a text is trimmed at its ends and kept between', async () => {
    const answer = await say('  a\u202e\u200b👨‍👩‍👧‍👦\r\nb  ');
    expect(payloadOf(answer.json['id'])['value']).toBe('a\u202e\u200b👨‍👩‍👧‍👦\r\nb');
  });
});

describe('money', () => {
  const scoped = bearer({ scope: 'money:deposit money:payout' });
  const deposit = (headers: Record<string, string>, body: object = { account: stranger, sum: '10' }) =>
    post('/account/deposit', body, headers);

  test('a deposit needs its scope and a key', async () => {
    expect((await deposit({ ...viewer, 'idempotency-key': 'k' })).status).toBe(403);
    expect((await deposit(scoped)).json).toMatchObject({ errors: [{ path: '/Idempotency-Key' }] });
    const answer = await deposit({ ...scoped, 'idempotency-key': 'k' });
    expect(answer.json).toMatchObject({ success: true, transfer_id: expect.any(String), balance: '10.00' });
  });

  test('its transfer is named by caller, operation and key', async () => {
    const sub = freshId();
    const answer = await deposit({ ...bearer({ sub, scope: 'money:deposit' }), 'idempotency-key': 'k' });
    expect(answer.json['transfer_id']).toBe(intentionId('', sub, 'deposit.add', 'k'));
  });

  test('a payout without cover answers 402', async () => {
    const answer = await post('/account/payout', { account: stranger, sum: 1 }, { ...scoped, 'idempotency-key': 'k' });
    expect([answer.status, answer.json]).toEqual([402, { success: 'false', message: 'insufficient balance' }]);
  });

  test('a refund needs its scope and no key, takes one, and a second call gets the answer of the first', async () => {
    const body = { donate_id: donation };
    expect((await post('/account/refund', body, scoped)).status).toBe(403);
    const operator = bearer({ scope: 'money:refund' });
    const answer = { success: true, transfer_id: donation, balance: '5.00' };
    const first = await post('/account/refund', body, operator);
    expect([first.status, first.json, first.headers['idempotency-hit']]).toEqual([200, answer, undefined]);
    const again = await post('/api/account/refund', body, { ...operator, 'idempotency-key': 'k' });
    expect([again.status, again.json, again.headers['idempotency-hit']]).toEqual([200, answer, 'true']);
    const bad = await post('/account/refund', body, { ...operator, 'idempotency-key': 'a b' });
    expect(bad.json).toMatchObject({ message: 'bad params', errors: [{ path: '/Idempotency-Key' }] });
  });

  test('a refund of what is no settled donation answers 404, and of more than a donation 400', async () => {
    const operator = bearer({ scope: 'money:refund' });
    expect((await post('/account/refund', { donate_id: stranger }, operator)).status).toBe(404);
    for (const body of [{}, { donate_id: 'x' }, { donate_id: donation, sum: '1.00' }]) {
      expect((await post('/account/refund', body, operator)).json).toMatchObject({ message: 'bad params' });
    }
  });

  test.each(['limit=0', 'limit=101', 'limit=1e9', 'limit=-1', 'offset=-1', 'limit=1;DROP', 'after='])(
    'row 32: /account/postings?%s answers 400',
    async (query) => {
      expect((await ingress.send({ path: `/account/postings?${query}`, headers: viewer })).json).toEqual(BAD_PARAMS);
    },
  );
});

describe('accounts, profiles and friends', () => {
  const people = routes.filter(({ paths: [path] }) =>
    /^\/(register|login|oauth|refresh-token|logout|password|me|person|profile|users|request|accept|decline|friend|friends|block)(\/|$)/.test(
      path,
    ),
  );
  const filled = (path: string, params: Readonly<Record<string, string>> = {}) =>
    path.replaceAll(/:([a-z_]+)/g, (_all, name: string) => params[name] ?? '');

  async function call({ method, paths: [path], endpoint }: (typeof routes)[number], headers: Record<string, string>) {
    const { body, query = {}, params } = examples[endpoint.operation] ?? {};
    const search = new URLSearchParams(query).toString();
    return ingress.send({ method, path: `${filled(path, params)}${search && `?${search}`}`, headers, body });
  }

  test.each(people.map((route) => [`${route.method} ${route.paths[0]}`, route] as const))(
    '%s asks who calls, unless it is for those whom nobody knows yet, and answers 503 while its context is away',
    async (_name, route) => {
      const isPublic = route.endpoint.access === 'public';
      const stranger = await call(route, {});
      expect(stranger.status).toBe(isPublic ? 503 : 401);
      if (route.endpoint.scope) expect((await call(route, viewer)).status).toBe(404);
      const known = await call(route, bearer({ scope: 'ops' }));
      // Friends, log-outs and one's own account are of people who are registered here; this token is the site's.
      expect([403, 503]).toContain(known.status);
      if (known.status === 503) expect(known.headers['retry-after']).toBe('1');
    },
  );

  test('row 60: what counts against which limit', () => {
    const limited = (limit: string) =>
      routes.filter(({ endpoint }) => endpoint.limit === limit).map(({ endpoint }) => endpoint.operation);
    expect(limited('invites')).toEqual(['request.add']);
    expect(limited('login').sort()).toEqual([
      ...['login', 'oauth.add', 'password.change', 'password.confirm', 'password.reset', 'register.add'],
    ]);
  });

  test('row 54: an account is named alike however it is spelt', () => {
    const named = (operation: string, body: object) => {
      const endpoint = routes.find((route) => route.endpoint.operation === operation)?.endpoint;
      return endpoint?.accountNamed?.({ body } as Call);
    };
    expect(named('login', { email: ' Ann@Example.com', password: 'x' })).toBe(
      named('login', { email: 'ann@example.com', password: 'y' }),
    );
    expect(named('login', { nickname: 'ANN', password: 'x' })).toBe(named('login', { nickname: 'ann', password: 'x' }));
    expect(named('login', { phone: '+1 201 555 0123', password: 'x' })).toBe(
      named('login', { phone: '+12015550123', password: 'x' }),
    );
  });
});
