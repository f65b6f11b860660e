import { describe, expect, test } from '@jest/globals';
import type { Call, Caller, PublishEndpoint } from '../../shared/endpoint.ts';
import { events } from '../../shared/events/catalogue.ts';
import { freshId } from '../../shared/ids.ts';
import { addConnection, addDonate, addGoal, addMessage, openRoom, type RoomsPorts } from './endpoints.ts';
import type { RoomsQuestions } from './questions.ts';

const [room, viewer] = [freshId(), freshId()];
const now = new Date('2026-05-01T12:00:00.000Z');
const client: Caller = {
  ...{ subject: viewer, type: 'client', owner: room, name: 'Vera', issuer: '', scopes: new Set<string>() },
};
const user: Caller = { ...client, subject: room, type: 'user', owner: null, name: 'Mia' };
const connections = new Map<string, string>();
const ports: RoomsPorts = {
  rooms: {} as RoomsQuestions,
  roomExists: async () => false,
  subjectOfConnection: async (id) => connections.get(id) ?? null,
  currency: 'USD',
};

async function post(endpoint: PublishEndpoint<RoomsPorts>, body: unknown, caller: Caller = client) {
  const from = { address: '', host: '', userAgent: '' };
  const call: Call = { id: freshId(), isKeyed: false, from, caller, body, query: {}, params: {}, fingerprint: '', now };
  const publication = await endpoint.prepare(endpoint.check(call), ports);
  const checked = events[publication.name].validate(publication.payload);
  expect(checked).toMatchObject({ ok: true });
  return { id: call.id, name: publication.name, payload: publication.payload as Record<string, unknown> };
}

const status = (answer: Promise<unknown>) =>
  answer.then(
    () => 201,
    (error: unknown) => (error as { status?: number }).status ?? error,
  );
const refused = (endpoint: PublishEndpoint<RoomsPorts>) => async (body: unknown) => {
  try {
    await post(endpoint, body);
    return 201;
  } catch (error) {
    return (error as { status?: number }).status ?? error;
  }
};

describe('POST /chat/message/add', () => {
  const message = refused(addMessage);

  test('publishes the message under the id of the call, trimmed, and else as it was written', async () => {
    const text = '\u202Ea 👩‍👩‍👧 <script>${x}</script>\r\n z';
    const { id, payload } = await post(addMessage, { message: `  ${text} `, is_public: 'false' });
    expect(payload).toEqual({
      message_id: id,
      owner_id: room,
      from: { uuid: viewer, type: 'client', name: 'Vera' },
      value: text,
      is_public: false,
      created_at: now.toISOString(),
    });
  });

  test.each([
    ['500 emoji', '😀'.repeat(500), 201],
    ['501 characters', 'a'.repeat(501), 400],
    ['nothing', '', 400],
    ['blanks', ' \t\n', 400],
    ['500 characters between blanks', ` ${'a'.repeat(500)} `, 201],
  ])('takes 1 to 500 code points after trimming: %s', async (_, text, expected) => {
    expect(await message({ message: text, is_public: true })).toBe(expected);
  });

  test.each(['true', 'false', true, false])('takes is_public %j', async (flag) => {
    expect(await message({ message: 'x', is_public: flag })).toBe(201);
  });

  test.each(['FALSE', 0, 1, null, 'no', '', undefined])('refuses is_public %j', async (flag) => {
    expect(await message({ message: 'x', is_public: flag })).toBe(400);
  });

  test.each(['sender_id', 'user_id', 'status', 'created_at', 'balance'])(
    'refuses the unknown field %s',
    async (field) => {
      expect(await message({ message: 'x', is_public: true, [field]: 'x' })).toBe(400);
    },
  );

  test('`to` is for the owner, and for what is private', async () => {
    const answer = { message: 'x', is_public: false, to: viewer };
    expect(await status(post(addMessage, answer, client))).toBe(403);
    expect(await status(post(addMessage, { ...answer, is_public: true }, user))).toBe(400);
    expect((await post(addMessage, answer, user)).payload).toMatchObject({ to: viewer, is_public: false });
  });
});

describe('POST /chat/donate/add', () => {
  const donate = refused(addDonate);

  test.each([
    [15.5, '15.50'],
    ['15.50', '15.50'],
    [0.01, '0.01'],
    ['1000000', '1000000.00'],
  ])('takes %j as %s', async (sum, expected) => {
    const { id, payload } = await post(addDonate, { sum });
    expect(payload).toEqual({
      donate_id: id,
      owner_id: room,
      from: { uuid: viewer, type: 'client', name: 'Vera' },
      sum: expected,
      currency: 'USD',
      created_at: now.toISOString(),
      owner_vouched: true,
    });
  });

  test.each([
    0,
    -1,
    -0,
    0.001,
    1e-7,
    0.1 + 0.2,
    1000000.01,
    NaN,
    Infinity,
    9007199254740993,
    ' 15',
    null,
    [15],
    {},
    true,
    '0x10',
    '1_000',
    '',
  ])('refuses a sum of %j', async (sum) => {
    expect(await donate({ sum })).toBe(400);
  });

  test.each(['message', 'messgae'])('takes a comment as %s', async (spelling) => {
    const { payload } = await post(addDonate, { sum: 1, [spelling]: { message: ' for you ', is_public: 'true' } });
    expect(payload['message']).toEqual({ message: 'for you', is_public: true });
  });

  test('an empty text is no comment', async () => {
    const { payload } = await post(addDonate, { sum: 1, messgae: { message: '', is_public: 'false' } });
    expect(payload).not.toHaveProperty('message');
  });

  test.each([
    ['both spellings', { message: { message: 'a', is_public: true }, messgae: { message: 'a', is_public: true } }],
    ['501 characters', { message: { message: 'a'.repeat(501), is_public: true } }],
    ['no is_public', { message: { message: 'a' } }],
    ['a text for a comment', { message: 'a' }],
    ['an unknown field', { message: { message: 'a', is_public: true, loud: true } }],
  ])('refuses %s', async (_, comment) => {
    expect(await donate({ sum: 1, ...comment })).toBe(400);
  });

  test('to oneself is refused, also where the room is not known', async () => {
    expect(await status(post(addDonate, { sum: 1 }, user))).toBe(400);
    expect(await status(post(addDonate, { sum: 1, owner_id: viewer }, { ...client, owner: null }))).toBe(400);
  });

  test('to a room that does not exist is refused', async () => {
    expect(await status(post(addDonate, { sum: 1, owner_id: freshId() }, { ...client, owner: null }))).toBe(404);
  });
});

describe('POST /chat/connection/add', () => {
  test('takes the caller’s own connection, and nobody else’s', async () => {
    const [own, foreign] = [freshId(), freshId()];
    connections.set(own, viewer).set(foreign, room);
    const { payload } = await post(addConnection, { connection_id: own });
    expect(payload).toMatchObject({ connection_id: own, person: { uuid: viewer, type: 'client' } });
    expect(await status(post(addConnection, { connection_id: foreign }))).toBe(403);
    expect(await status(post(addConnection, { connection_id: freshId() }))).toBe(404);
    expect(await refused(addConnection)({ connection_id: 'no uuid' })).toBe(400);
  });
});

describe('POST /chat/goal/add and POST /room', () => {
  test('a goal is set by the owner of the room only', async () => {
    const { id, payload } = await post(addGoal, { name: ' Lamp ', require_sum: 15.5 }, user);
    expect(payload).toMatchObject({ goal_id: id, name: 'Lamp', require_sum: '15.50', owner: { uuid: room } });
    expect(await status(post(addGoal, { name: 'Lamp', require_sum: 1 }, client))).toBe(403);
  });

  test.each([0, -1, '1.001', 1_000_000_000.01, 'x'])('a goal of %j is refused', async (sum) => {
    expect(await status(Promise.resolve().then(() => post(addGoal, { name: 'Lamp', require_sum: sum }, user)))).toBe(
      400,
    );
  });

  test('whoever opens a room is a user', async () => {
    const { payload } = await post(openRoom, { name: 'My room' }, { ...client, owner: null });
    expect(payload).toMatchObject({ owner: { uuid: viewer, type: 'user' }, name: 'My room' });
    expect(await refused(openRoom)({ name: ' ' })).toBe(400);
  });
});
