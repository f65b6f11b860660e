import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  type ClientAuth,
  ClientError,
  ClientSecretBasic,
  ClientSecretPost,
  type Configuration,
  discovery,
  enableNonRepudiationChecks,
  fetchUserInfo,
  None,
  ResponseBodyError,
  WWWAuthenticateChallengeError,
} from 'openid-client';
import { within } from '../../shared/clock.ts';
import { AppError } from '../../shared/errors.ts';
import type { OauthProvider } from '../../shared/service.ts';
import { type ProviderPerson, readPerson } from './oauth.ts';

/** Talks to one OpenID Connect provider: where people are sent, and what it says of one who came back. */
export interface OauthClient {
  /** @throws AppError retriable where the provider is out of reach */
  authorizationUrl(asked: Asked): Promise<string>;
  /** @throws AppError retriable where the provider is out of reach; what it refused is an answer */
  exchange(brought: Brought): Promise<ProviderPerson | { readonly refused: '/iss' | '/code'; readonly reason: string }>;
}

export interface Asked {
  readonly redirectUri: string;
  /** The S256 challenge of the client's own verifier. */
  readonly challenge: string;
  readonly state: string;
  readonly nonce: string;
}

export interface Brought {
  readonly redirectUri: string;
  readonly code: string;
  readonly codeVerifier: string;
  readonly nonce: string;
  /** The `iss` that came back beside the code (RFC 9207); null where none did. */
  readonly issuer: string | null;
}

/** One request to a provider, s. */
const REQUEST_S = 2;
/** All that one call may wait for a provider; a question between processes has 3 s (shared/rpc.ts). */
const PATIENCE_MS = 2_500;
/** What a provider says of itself is asked for again after this; its keys are looked up by themselves. */
const DISCOVERED_MS = 3_600_000;

export function createOauthClient(provider: OauthProvider, now: () => number = Date.now): OauthClient {
  const configured = discovered(provider, now);
  const patiently = <T>(work: () => Promise<T>): Promise<T> => within(PATIENCE_MS, work()).catch(outOfReach);
  return {
    authorizationUrl: ({ redirectUri, challenge, state, nonce }) =>
      patiently(async () => {
        const { href } = buildAuthorizationUrl(await configured(), {
          redirect_uri: redirectUri,
          scope: 'openid email profile',
          code_challenge: challenge,
          code_challenge_method: 'S256',
          state,
          nonce,
        });
        return href;
      }),
    exchange: (brought) =>
      patiently(async () => {
        const configuration = await configured();
        const issuerFault = issuerFaultOf(configuration, brought.issuer);
        if (issuerFault) return { refused: '/iss', reason: issuerFault };
        try {
          const person = readPerson(await claimsOf(configuration, brought));
          return person ?? { refused: '/code', reason: 'names nobody' };
        } catch (error) {
          if (!isRefusal(error)) throw error;
          return { refused: '/code', reason: reasonOf(error) };
        }
      }),
  };
}

/**
 * Whose answer this is: a code that another provider gave must never be taken to this one (RFC 9700, 4.4). Where the
 * provider promises to name itself, an answer that doesn't is not its own.
 */
function issuerFaultOf(configuration: Configuration, issuer: string | null): string | null {
  const metadata = configuration.serverMetadata();
  if (issuer !== null) return issuer === metadata.issuer ? null : 'is not the issuer of this provider';
  return metadata.authorization_response_iss_parameter_supported ? 'is required: this provider names itself' : null;
}

/** Exchanges the code; the id token's signature, issuer, audience, nonce and times are checked by the client package. */
async function claimsOf(configuration: Configuration, brought: Brought): Promise<Record<string, unknown>> {
  const { redirectUri, code, codeVerifier, nonce, issuer } = brought;
  const url = new URL(redirectUri);
  url.searchParams.set('code', code);
  if (issuer !== null) url.searchParams.set('iss', issuer);
  const tokens = await authorizationCodeGrant(configuration, url, {
    pkceCodeVerifier: codeVerifier,
    expectedNonce: nonce,
    idTokenExpected: true,
  });
  const claims = { ...tokens.claims() };
  if (claims['email'] !== undefined || !configuration.serverMetadata().userinfo_endpoint) return claims;
  // Providers may keep all but the subject for this answer (OpenID Connect Core 1.0, 5.4).
  const more = await fetchUserInfo(configuration, tokens.access_token, String(claims['sub']));
  return { ...more, ...claims };
}

/** The provider as it describes itself: kept for an hour, and for longer while it does not answer. */
function discovered(provider: OauthProvider, now: () => number): () => Promise<Configuration> {
  let kept: { readonly configuration: Configuration; readonly atMs: number } | null = null;
  let asking: Promise<Configuration> | null = null;
  const ask = async () => {
    const execute = [
      enableNonRepudiationChecks,
      ...(provider.issuer.startsWith('http:') ? [allowInsecureRequests] : []),
    ];
    const options = { timeout: REQUEST_S, execute };
    const configuration = await discovery(
      new URL(provider.issuer),
      provider.clientId,
      undefined,
      proofOf(provider),
      options,
    );
    kept = { configuration, atMs: now() };
    return configuration;
  };
  return async () => {
    if (kept && now() - kept.atMs < DISCOVERED_MS) return kept.configuration;
    const stale = kept;
    asking ??= ask().finally(() => (asking = null));
    try {
      return await asking;
    } catch (error) {
      if (stale) return stale.configuration;
      throw notThere(error);
    }
  };
}

/** How this client shows that it is the registered one: as the provider takes it, else by HTTP Basic, the default. */
function proofOf({ clientSecret }: OauthProvider): ClientAuth {
  if (clientSecret === null) return None();
  const [post, basic] = [ClientSecretPost(clientSecret), ClientSecretBasic(clientSecret)];
  return (server, client, body, headers) => {
    const methods = server.token_endpoint_auth_methods_supported ?? ['client_secret_basic'];
    const isPost = methods.includes('client_secret_post') && !methods.includes('client_secret_basic');
    (isPost ? post : basic)(server, client, body, headers);
  };
}

/** True where the provider answered and said no, or said something that does not hold; false where it did not answer. */
function isRefusal(error: unknown): boolean {
  if (error instanceof ResponseBodyError || error instanceof WWWAuthenticateChallengeError) return error.status < 500;
  if (!(error instanceof ClientError) || error.code === undefined) return false;
  if (error.code === 'OAUTH_TIMEOUT' || error.code === 'OAUTH_ABORT') return false;
  return !(error.cause instanceof Response) || error.cause.status < 500;
}

/** The error's code, and the provider's own word where it gave one: never a token, which the rest may contain. */
function reasonOf(error: unknown): string {
  if (error instanceof ResponseBodyError) return error.error.slice(0, 100);
  return error instanceof ClientError ? `${error.code ?? ''} ${error.message}`.trim() : 'refused';
}

function notThere(cause: unknown): AppError {
  return new AppError('provider-away', 'the provider does not describe itself', { retriable: true, cause });
}

function outOfReach(thrown: unknown): never {
  if (thrown instanceof AppError) throw thrown;
  const { code } = (thrown ?? {}) as { code?: unknown };
  // The error may carry a whole answer of the provider's; what is logged must not.
  throw new AppError('provider-away', `the provider is out of reach: ${String(code ?? 'no answer')}`, {
    retriable: true,
  });
}
