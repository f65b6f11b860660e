import { type Static, Type } from '@sinclair/typebox';
import { asks, badParams } from '../../shared/endpoint.ts';
import { closed } from '../../shared/schema.ts';
import { signedIn } from './endpoints.ts';
import { identifierOf } from './identifiers.ts';
import { MAXIMUM_REDIRECT_URI_LENGTH, redirectFault } from './oauth.ts';
import { Email, Nickname, Password, Phone, SignedAnswer } from './schemas.ts';
import type { IdentifierKind } from './tables/accounts.ts';
import type { WaysInQuestions } from './ways-in-questions.ts';

/** What the endpoints of the ways in beside the password need of their host. */
export interface WaysInPorts {
  readonly auth: WaysInQuestions;
  /** Whether people may be sent to this address, by the rule for pages of other origins. @param host that was asked */
  mayRedirectTo(uri: string, host: string): boolean;
}

const Done = Type.Object({ success: Type.Literal(true) });
const RedirectUri = Type.String({
  minLength: 1,
  maxLength: MAXIMUM_REDIRECT_URI_LENGTH,
  description: 'An absolute http or https URL of an allowed origin, without query, fragment and user information.',
});
const PROVIDER_AWAY = 'unavailable: the provider is out of reach';

/** GET /oauth: what a page offers to log in by. */
export const listProviders = asks<WaysInPorts>({
  operation: 'oauth.list',
  summary: 'The providers that people may log in by.',
  access: 'public',
  answer: Type.Object({ success: Type.Literal(true), providers: Type.Array(Type.String()) }),
  async ask(_call, { auth }) {
    const { providers } = await auth.oauthProviders({});
    return { body: { success: true, providers } };
  },
});

const ProviderParams = closed({ provider: Type.String({ description: 'One of `GET /oauth`.' }) });
const BeginQuery = closed({
  redirect_uri: RedirectUri,
  code_challenge: Type.String({
    pattern: '^[A-Za-z0-9_-]{43}$',
    description: 'RFC 7636, S256, of a verifier that the client makes for this login and keeps.',
  }),
  code_challenge_method: Type.Literal('S256'),
});

/** GET /oauth/:provider: where to send somebody who wants to log in by it. */
export const beginOauth = asks<WaysInPorts, undefined, typeof BeginQuery, typeof ProviderParams>({
  operation: 'oauth.begin',
  summary:
    'Begins a login by a provider: send the person to `url`, keep `state`, and take it as an answer only where it comes ' +
    'back with the same one. It holds for 10 minutes.',
  access: 'public',
  query: BeginQuery,
  params: ProviderParams,
  answer: Type.Object({
    success: Type.Literal(true),
    url: Type.String({ description: 'At the provider.' }),
    state: Type.String(),
  }),
  refusals: { 404: 'not found: no such provider', 503: PROVIDER_AWAY },
  async ask({ params, query, from }, { auth, mayRedirectTo }) {
    const { redirect_uri, code_challenge } = query;
    const fault = redirectFault(redirect_uri);
    if (fault) throw badParams('/redirect_uri', fault);
    if (!mayRedirectTo(redirect_uri, from.host)) throw badParams('/redirect_uri', 'must be of an allowed origin');
    const { url, state } = await auth.beginOauth({ provider: params.provider, redirect_uri, code_challenge });
    return { body: { success: true, url, state } };
  },
});

const FinishBody = closed({
  provider: Type.String({ minLength: 1, maxLength: 64 }),
  code: Type.String({ minLength: 1, maxLength: 4_096, description: 'As the provider sent it back.' }),
  state: Type.String({ minLength: 1, maxLength: 128, description: 'Works once.' }),
  redirect_uri: Type.String({
    minLength: 1,
    maxLength: MAXIMUM_REDIRECT_URI_LENGTH,
    description: 'The same as at the beginning, letter by letter.',
  }),
  code_verifier: Type.String({ pattern: '^[A-Za-z0-9._~-]{43,128}$', description: 'RFC 7636.' }),
  iss: Type.Optional(
    Type.String({ minLength: 1, maxLength: 2_048, description: 'The `iss` beside the code, where there was one.' }),
  ),
});

/** POST /oauth: logs in who comes back. A repeat is a new login, and a state works once, so that no key is taken. */
export const finishOauth = asks<WaysInPorts, typeof FinishBody>({
  operation: 'oauth.add',
  summary:
    'Logs in who comes back from a provider. Who was never here gets an account; who has one with the same email, ' +
    'verified on both sides, gets that one.',
  access: 'public',
  limit: 'login',
  body: FinishBody,
  answer: SignedAnswer,
  refusals: {
    401: 'anauthorized: the person is blocked or has deleted their account',
    409: 'conflict: somebody has this email, and it is not verified on both sides',
    503: PROVIDER_AWAY,
  },
  async ask({ body, from }, { auth }) {
    const request = { ...body, iss: body.iss ?? '', user_agent: from.userAgent };
    return signedIn(await auth.finishOauth(request));
  },
});

const ResetBody = closed(
  {
    phone: Type.Optional(Phone),
    email: Type.Optional(Email),
    nickname: Type.Optional(Nickname),
  },
  { minProperties: 1, maxProperties: 1, description: 'Exactly one of phone, email and nickname.' },
);

/** POST /password/reset: alike for those who have an account and those who have none. */
export const resetPassword = asks<WaysInPorts, typeof ResetBody>({
  operation: 'password.reset',
  summary: 'Sends a mail with a token for a new password, where there is such an account and it has an email address.',
  access: 'public',
  limit: 'login',
  key: 'taken',
  accountNamed: ({ body }) => {
    const { kind, value } = namedIn(body);
    return `${kind}:${value}`;
  },
  body: ResetBody,
  answer: Done,
  async ask({ id, body }, { auth }) {
    const { repeated } = await auth.requestReset({ call_id: id, ...namedIn(body) });
    return { body: { success: true }, repeated };
  },
});

const ConfirmBody = closed({
  token: Type.String({ minLength: 1, maxLength: 128, description: 'As it stands in the mail. Works once.' }),
  password: Password,
});

/** POST /password/reset/confirm: a new password for whoever has the mail. */
export const confirmPassword = asks<WaysInPorts, typeof ConfirmBody>({
  operation: 'password.confirm',
  summary: 'Sets a new password by the token of the mail, and ends all sessions of the person.',
  access: 'public',
  limit: 'login',
  key: 'taken',
  body: ConfirmBody,
  answer: Done,
  refusals: { 422: 'key reused: the same Idempotency-Key with another password' },
  async ask({ id, body }, { auth }) {
    const { repeated } = await auth.confirmReset({ call_id: id, ...body });
    return { body: { success: true }, repeated };
  },
});

/** In one spelling for all that name one account. @throws Refusal 400 */
function namedIn(body: Static<typeof ResetBody>): { readonly kind: IdentifierKind; readonly value: string } {
  const kind = body.phone !== undefined ? 'phone' : body.email !== undefined ? 'email' : 'nickname';
  return { kind, value: identifierOf(kind, body[kind] ?? '') };
}
