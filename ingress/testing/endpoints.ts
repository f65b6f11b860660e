import { Type } from '@sinclair/typebox';
import { asks, notFound, publishes, Refusal } from '../../shared/endpoint.ts';
import { closed } from '../../shared/schema.ts';
import { bindEndpoint, type BoundRoute } from '../bound.ts';

/** Endpoints of the tests' own: one that publishes, one that reads, one that books. They belong to no context. */
const SayBody = closed({ message: Type.String({ minLength: 1, maxLength: 500 }), loud: Type.Optional(Type.Boolean()) });

const say = publishes<null, typeof SayBody>({
  operation: 'test.say',
  summary: 'Says something.',
  limit: 'messages',
  body: SayBody,
  async prepare({ id, caller, body, now }) {
    const from = { uuid: caller.subject, type: caller.type, name: caller.name };
    const created_at = now.toISOString();
    const payload = {
      message_id: id,
      owner_id: caller.subject,
      from,
      value: body.message,
      is_public: true,
      created_at,
    };
    return { name: 'AddNewMessage', payload };
  },
});

const look = asks<null, undefined, ReturnType<typeof lookQuery>>({
  operation: 'test.look',
  summary: 'Answers its query.',
  query: lookQuery(),
  answer: Type.Object({}),
  ask: async ({ query }) => ({ body: { success: true, query } }),
});

function lookQuery() {
  return closed({ name: Type.Optional(Type.String()), limit: Type.Optional(Type.String()) });
}

const guarded = asks<null>({
  operation: 'test.guarded',
  summary: 'For those who may book.',
  scope: 'money:deposit',
  answer: Type.Object({}),
  ask: async () => ({ body: { success: true } }),
});

const operators = asks<null>({
  operation: 'test.operators',
  summary: 'For operators.',
  scope: 'ops',
  answer: Type.Object({}),
  ask: async () => ({ body: { success: true } }),
});

const BookBody = closed({ sum: Type.String() });

/** Remembers what it booked, as a ledger does. */
function createBook() {
  const booked = new Set<string>();
  return asks<null, typeof BookBody>({
    operation: 'test.book',
    summary: 'Books.',
    key: 'required',
    body: BookBody,
    answer: Type.Object({}),
    async ask({ id }) {
      const repeated = booked.has(id);
      booked.add(id);
      return { body: { success: true, transfer_id: id }, repeated };
    },
  });
}

const EnterBody = closed({ account: Type.String(), password: Type.String() });

/** Where nobody is signed in yet: answers what it was told of its caller. */
const enter = asks<null, typeof EnterBody>({
  operation: 'test.enter',
  summary: 'Lets in who knows the word.',
  access: 'public',
  limit: 'login',
  accountNamed: ({ body }) => body.account.toLowerCase(),
  key: 'taken',
  status: 201,
  body: EnterBody,
  answer: Type.Object({}),
  async ask({ body, caller, from }) {
    if (body.password !== 'sesame') throw new Refusal(401, 'anauthorized');
    const { subject } = caller;
    return { body: { success: true, subject, from }, headers: { 'Cache-Control': 'public, max-age=60' } };
  },
});

const ChangeBody = closed({ value: Type.String() });

const change = asks<null, typeof ChangeBody>({
  operation: 'test.change',
  summary: 'Changes something.',
  body: ChangeBody,
  answer: Type.Object({}),
  ask: async ({ body, isKeyed }) => ({ body: { success: true, value: body.value, isKeyed } }),
});

const InviteBody = closed({ whom: Type.String() });

const invite = asks<null, typeof InviteBody>({
  operation: 'test.invite',
  summary: 'Invites somebody.',
  limit: 'invites',
  key: 'taken',
  body: InviteBody,
  answer: Type.Object({}),
  async ask({ body }) {
    if (body.whom === 'nobody') throw notFound();
    return { body: { success: true } };
  },
});

const leave = asks<null>({
  operation: 'test.leave',
  summary: 'Takes nothing.',
  answer: Type.Object({}),
  ask: async () => ({ body: { success: true } }),
});

export function testRoutes(): readonly BoundRoute[] {
  return [
    { method: 'POST', paths: ['/say', '/utter'], endpoint: bindEndpoint(say, null) },
    { method: 'GET', paths: ['/look'], endpoint: bindEndpoint(look, null) },
    { method: 'GET', paths: ['/look/:id'], endpoint: bindEndpoint(operators, null) },
    { method: 'GET', paths: ['/guarded'], endpoint: bindEndpoint(guarded, null) },
    { method: 'POST', paths: ['/book'], endpoint: bindEndpoint(createBook(), null) },
    { method: 'POST', paths: ['/enter'], endpoint: bindEndpoint(enter, null) },
    { method: 'POST', paths: ['/invite'], endpoint: bindEndpoint(invite, null) },
    { method: 'POST', paths: ['/leave'], endpoint: bindEndpoint(leave, null) },
    { method: 'PUT', paths: ['/change'], endpoint: bindEndpoint(change, null) },
    { method: 'DELETE', paths: ['/change'], endpoint: bindEndpoint(change, null) },
  ];
}
