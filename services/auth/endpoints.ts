import { Type } from '@sinclair/typebox';
import { type Answered, asks, badParams, type Caller, forbidden } from '../../shared/endpoint.ts';
import { closed, Uuid } from '../../shared/schema.ts';
import { identifierOf } from './identifiers.ts';
import type { AuthQuestions, SignedIn } from './questions.ts';
import { Email, Nickname, Password, Phone, SignedAnswer, UNAUTHORIZED } from './schemas.ts';
import type { Signed } from './sessions.ts';
import type { IdentifierKind } from './tables/accounts.ts';

/** What auth's endpoints need of their host. */
export interface AuthPorts {
  readonly auth: AuthQuestions;
}

const RegisterBody = closed({
  phone: Phone,
  password: Password,
  nickname: Type.Optional(Nickname),
  email: Type.Optional(Email),
});

/** POST /register: an account, and its first session. */
export const register = asks<AuthPorts, typeof RegisterBody>({
  operation: 'register.add',
  summary: 'Registers a person. Without a nickname one is made up.',
  access: 'public',
  limit: 'login',
  accountNamed: ({ body }) => identifierOf('phone', body.phone),
  key: 'taken',
  status: 201,
  body: RegisterBody,
  answer: SignedAnswer,
  refusals: {
    409: 'conflict: the phone, email or nickname is taken',
    422: 'key reused: the same Idempotency-Key with another body',
  },
  async ask({ id, isKeyed, body, from }, { auth }) {
    const { phone, password, nickname = '', email = '' } = body;
    const given = { phone, password, nickname, email, user_agent: from.userAgent };
    return signedIn(await auth.register({ call_id: id, is_keyed: isKeyed, ...given }));
  },
});

const LoginBody = closed(
  {
    phone: Type.Optional(Phone),
    email: Type.Optional(Email),
    nickname: Type.Optional(Nickname),
    password: Password,
  },
  { description: 'Exactly one of phone, email and nickname, and the password.' },
);

/** POST /login: a session for whoever knows the password. */
export const login = asks<AuthPorts, typeof LoginBody>({
  operation: 'login',
  summary: 'Logs in by phone, email or nickname, and password.',
  access: 'public',
  limit: 'login',
  accountNamed: ({ body }) => {
    const { kind, identifier } = namedIn(body);
    return `${kind}:${identifierOf(kind, identifier)}`;
  },
  body: LoginBody,
  answer: SignedAnswer,
  refusals: { 401: UNAUTHORIZED },
  async ask({ body, from }, { auth }) {
    return signedIn(await auth.login({ ...namedIn(body), password: body.password, user_agent: from.userAgent }));
  },
});

const RefreshBody = closed({ refresh_token: Type.String({ minLength: 1, maxLength: 200 }) });

/** POST /refresh-token: a session goes on. */
export const refreshToken = asks<AuthPorts, typeof RefreshBody>({
  operation: 'token.refresh',
  summary:
    'A fresh access token, and the next refresh token; the one that was sent is used up and must be sent no more.',
  access: 'public',
  body: RefreshBody,
  answer: SignedAnswer,
  refusals: { 401: 'anauthorized: unknown, used before, run out, or of a session that has ended' },
  async ask({ body }, { auth }) {
    return signedIn(await auth.refresh(body));
  },
});

const Success = Type.Object({ success: Type.Literal(true) });

/** POST /logout: the session of this token ends. */
export const logout = asks<AuthPorts>({
  operation: 'logout',
  summary: 'Ends the session of this token. Only for tokens that this product has given.',
  key: 'taken',
  answer: Success,
  refusals: { 403: "forbidden: a token of the site's" },
  async ask({ caller, isKeyed }, { auth }) {
    const { repeated } = await auth.logout(ownRequest(caller));
    return { body: { success: true }, repeated: repeated && isKeyed };
  },
});

const PasswordBody = closed({
  old_password: Type.String({ minLength: 1, maxLength: 256 }),
  password: Password,
});

/** PUT /password: everybody else who is logged in as the caller is so no longer. */
export const changePassword = asks<AuthPorts, typeof PasswordBody>({
  operation: 'password.change',
  summary: 'Changes the password. Every session of the person ends; the answer begins a new one.',
  limit: 'login',
  accountNamed: ({ caller }) => caller.subject,
  body: PasswordBody,
  answer: SignedAnswer,
  refusals: { 403: "forbidden: the old password is another, or a token of the site's" },
  async ask({ caller, body, from }, { auth }) {
    return signedIn(await auth.changePassword({ ...ownRequest(caller), ...body, user_agent: from.userAgent }));
  },
});

/** DELETE /me: for good. */
export const deleteMe = asks<AuthPorts>({
  operation: 'me.delete',
  summary: "Deletes the caller's account for good. Phone, email and nickname are free again.",
  answer: Success,
  refusals: { 403: "forbidden: a token of the site's" },
  async ask({ caller }, { auth }) {
    await auth.deleteAccount(ownRequest(caller));
    return { body: { success: true } };
  },
});

const PersonParams = closed({ uuid: Uuid });
const NO_PERSON = 'not found: not an operator, or no such account';

export const blockAccount = asks<AuthPorts, undefined, undefined, typeof PersonParams>({
  operation: 'person.block',
  summary: 'Blocks a person: every session ends, and none begins.',
  scope: 'ops',
  key: 'taken',
  params: PersonParams,
  answer: Success,
  refusals: { 404: NO_PERSON, 422: 'key reused: the same Idempotency-Key for another person' },
  async ask({ id, isKeyed, fingerprint, params }, { auth }) {
    const call = { call_id: id, is_keyed: isKeyed, fingerprint };
    const { repeated } = await auth.blockPerson({ ...call, uuid: params.uuid });
    return { body: { success: true }, repeated };
  },
});

export const unblockAccount = asks<AuthPorts, undefined, undefined, typeof PersonParams>({
  operation: 'person.unblock',
  summary: 'Lifts the block of a person.',
  scope: 'ops',
  params: PersonParams,
  answer: Success,
  refusals: { 404: NO_PERSON },
  async ask({ params }, { auth }) {
    await auth.unblockPerson({ uuid: params.uuid });
    return { body: { success: true } };
  },
});

const KEYS_KEPT_S = 300;

/** GET /.well-known/jwks.json: an answer of RFC 7517's own form. */
export const listKeys = asks<AuthPorts>({
  operation: 'keys.list',
  summary: 'The public keys that this product signs its tokens with, as a JWK set (RFC 7517).',
  access: 'public',
  answer: Type.Object({ keys: Type.Array(Type.Object({ kid: Type.String(), kty: Type.String() })) }),
  async ask(_call, { auth }) {
    const { keys } = await auth.publicKeys({});
    return {
      body: { keys: keys.map(({ jwk }) => JSON.parse(jwk) as object) },
      headers: { 'Cache-Control': `public, max-age=${KEYS_KEPT_S}` },
    };
  },
});

/** Who asks, in the session of their token. @throws Refusal 403 for a token that this product has not given */
function ownRequest({ subject, session }: Caller): { subject: string; session: string } {
  if (session === undefined) throw forbidden();
  return { subject, session };
}

/** The one name that a login gives. @throws Refusal 400 */
function namedIn(body: Partial<Record<IdentifierKind, string>>): { kind: IdentifierKind; identifier: string } {
  const kinds = (['phone', 'email', 'nickname'] as const).filter((kind) => body[kind] !== undefined);
  const [kind] = kinds;
  if (!kind || kinds.length > 1) throw badParams('/', 'must have exactly one of phone, email and nickname');
  return { kind, identifier: body[kind] as string };
}

/** What somebody who has shown who they are is answered. */
export function signedIn({ uuid, token, refresh_token, expires_in, repeated }: Signed & Partial<SignedIn>): Answered {
  return { body: { success: true, uuid, token, refresh_token, expires_in }, repeated: repeated ?? false };
}
