import type { Transaction } from '../../shared/database.ts';
import { badParams, notFound, Refusal } from '../../shared/endpoint.ts';
import { randomView } from '../../shared/random.ts';
import { readEmail, readNickname } from './identifiers.ts';
import { decideEntry, decideReturn, type ProviderPerson, STATE_LIFETIME_MS } from './oauth.ts';
import { createOauthClient, type OauthClient } from './oauth-client.ts';
import type { AuthOptions } from './options.ts';
import { conflict, unauthorized } from './refusals.ts';
import { insertRegistered } from './registration.ts';
import { type Signed, startSession } from './sessions.ts';
import { type Account, findAccount, findAccountBy, lockAccount } from './tables/accounts.ts';
import { findIdentity, insertIdentity } from './tables/identities.ts';
import { insertState, takeState } from './tables/oauth-states.ts';
import type { BeginOauthRequest, FinishOauthRequest, WaysInQuestions } from './ways-in-questions.ts';

const SECRET_BYTES = 32;
const secret = () => randomView(SECRET_BYTES).toString('base64url');

/** Answers the questions about logging in by a provider. */
export function oauthAnswers(
  options: AuthOptions,
): Pick<WaysInQuestions, 'oauthProviders' | 'beginOauth' | 'finishOauth'> {
  const providers = [...(options.waysIn?.oauthProviders ?? [])];
  const clients = new Map(providers.map(([name, provider]) => [name, createOauthClient(provider)]));
  return {
    oauthProviders: async () => ({ providers: [...clients.keys()] }),
    beginOauth: (request) => begin(options, clients, request),
    finishOauth: (request) => finish(options, clients, request),
  };
}

type Clients = ReadonlyMap<string, OauthClient>;

async function begin(
  { database, clock }: AuthOptions,
  clients: Clients,
  { provider, redirect_uri: redirectUri, code_challenge: challenge }: BeginOauthRequest,
): Promise<{ url: string; state: string }> {
  const client = clients.get(provider);
  if (!client) throw notFound();
  const [state, nonce] = [secret(), secret()];
  const url = await client.authorizationUrl({ redirectUri, challenge, state, nonce });
  const expiresAt = new Date(clock.now().getTime() + STATE_LIFETIME_MS);
  await insertState(database, state, { provider, nonce, redirectUri, challenge, expiresAt });
  return { url, state };
}

/**
 * The state is taken out first and for good, whatever comes of it: a code that was stolen together with its state can be
 * tried once at most, and not without the verifier.
 */
async function finish(options: AuthOptions, clients: Clients, request: FinishOauthRequest): Promise<Signed> {
  const { database, clock, log } = options;
  const { provider, code, redirect_uri: redirectUri, code_verifier: codeVerifier, iss } = request;
  const stored = await database.transaction((tx) => takeState(tx, request.state));
  const fault = decideReturn(stored, { provider, redirectUri, codeVerifier }, clock.now());
  if (!stored || fault) throw new Refusal(400, 'bad params', fault ? [fault] : []);
  const client = clients.get(provider);
  if (!client) throw badParams('/provider', 'is none that people can log in by');
  const { nonce } = stored;
  const said = await client.exchange({ redirectUri, code, codeVerifier, nonce, issuer: iss === '' ? null : iss });
  if ('refused' in said) {
    log.warn({ provider, reason: said.reason }, 'a login by a provider was refused');
    throw badParams(said.refused, said.refused === '/code' ? 'is not taken by the provider' : said.reason);
  }
  const how = { by: `oauth:${provider}`, userAgent: request.user_agent };
  const logIn = () =>
    database.transaction(async (tx) => startSession(tx, options, await enter(tx, options, provider, said), how));
  const signed = await logIn().catch((thrown: unknown) => {
    // Of two first logins at once the slower finds its email taken, and looks again by whom.
    if (thrown instanceof Refusal && thrown.status === 409) return logIn();
    throw thrown;
  });
  options.committed();
  return signed;
}

/** Whose account it is; made where it is nobody's. @throws Refusal 401, 409 */
async function enter(
  tx: Transaction,
  options: AuthOptions,
  provider: string,
  person: ProviderPerson,
): Promise<Pick<Account, 'id'>> {
  const knownId = await findIdentity(tx, person);
  const known = knownId === null ? null : await findAccount(tx, knownId);
  const email = usable(readEmail, person.email);
  const withEmail = known || email === null ? null : await findAccountBy(tx, 'email', email);
  const entry = decideEntry(person, known, withEmail);
  const learn = (account: Pick<Account, 'id'>) =>
    insertIdentity(tx, person, { accountId: account.id, provider, now: options.clock.now() });
  switch (entry.kind) {
    case 'enter':
      return entry.account;
    case 'link':
      // The account first, as whoever deletes it does: its identities go under its lock.
      if ((await lockAccount(tx, entry.account.id))?.status !== 'active') throw unauthorized();
      await learn(entry.account);
      return entry.account;
    case 'create': {
      const nickname = await freeName(tx, person.names);
      const isEmailVerified = person.isEmailVerified && email !== null;
      const given = {
        phone: null,
        email: isEmailVerified ? email : null,
        isEmailVerified,
        nickname,
        passwordHash: null,
      };
      const account = await insertRegistered(tx, options, given);
      await learn(account);
      return account;
    }
    case 'conflict':
      throw conflict('/email');
    case 'refused':
      throw unauthorized();
  }
}

/** The first of these names that could be a nickname and is nobody's; null: one is made up. */
async function freeName(tx: Transaction, names: readonly string[]): Promise<string | null> {
  for (const name of names) {
    const nickname = usable(readNickname, name);
    if (nickname !== null && !(await findAccountBy(tx, 'nickname', nickname))) return nickname;
  }
  return null;
}

/** What a provider says is not the caller's fault: where we could not take it, it is as if it had not been said. */
function usable(read: (text: string) => string, text: string | null): string | null {
  try {
    return text === null ? null : read(text);
  } catch (thrown) {
    if (thrown instanceof Refusal) return null;
    throw thrown;
  }
}
