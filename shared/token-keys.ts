import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import type { EnvironmentReader } from './environment.ts';
import { AppError, errorText } from './errors.ts';
import { algorithmsOf, createVerifier, type JwtOptions, type SiteKey, type TokenVerifier } from './jwt.ts';

/** Which keys the streaming site signs its tokens with, as every process that takes tokens reads them. */
export interface TokenKeys {
  readonly secret: string | null;
  readonly publicKey: string | null;
  readonly jwksUrl: string | null;
  readonly issuer: string | null;
  readonly audience: string | null;
}

/** Exactly one of JWT_SECRET, JWT_PUBLIC_KEY and JWT_JWKS_URL; JWT_ISSUER and JWT_AUDIENCE where tokens must bear them. */
export function readTokenKeys(reader: EnvironmentReader): TokenKeys {
  const [secret, publicKey] = [reader.optional('JWT_SECRET'), reader.optional('JWT_PUBLIC_KEY')];
  const jwksUrl = reader.optional('JWT_JWKS_URL');
  if ([secret, publicKey, jwksUrl].filter(Boolean).length !== 1) {
    reader.fault('exactly one of JWT_SECRET, JWT_PUBLIC_KEY and JWT_JWKS_URL must be set');
  }
  if (publicKey !== null && !isUsableKey(publicKey)) reader.fault('JWT_PUBLIC_KEY must be an RSA or P-256 key as PEM');
  if (jwksUrl !== null) reader.url('JWT_JWKS_URL', ['http:', 'https:']);
  return {
    secret,
    publicKey,
    jwksUrl,
    issuer: reader.optional('JWT_ISSUER'),
    audience: reader.optional('JWT_AUDIENCE'),
  };
}

/** RFC 7518, 3.2: a key of HS256 has at least as many bytes as its hash. */
const SAFE_SECRET_BYTES = 32;

/** Why a secret is a danger though it is taken, since the site chose it; null where it is none. */
export function secretWeakness(secret: string | null): string | null {
  const bytes = Buffer.byteLength(secret ?? '', 'utf8');
  if (secret === null || bytes >= SAFE_SECRET_BYTES) return null;
  const short = `JWT_SECRET has ${bytes} ${bytes === 1 ? 'byte' : 'bytes'}, and should have ${SAFE_SECRET_BYTES} or more`;
  return `${short}: whoever sees one token can find a short secret by trying, and then be anybody`;
}

function isUsableKey(pem: string): boolean {
  try {
    return algorithmsOf(createPublicKey(pem.replaceAll('\\n', '\n'))).length > 0;
  } catch {
    return false;
  }
}

/** @param own what this product's own tokens are checked with; null: none are taken @param now ms since 1970 */
export function createTokenVerifier(
  { jwksUrl, ...keys }: TokenKeys,
  own: JwtOptions['own'] = null,
  now: () => number = Date.now,
): TokenVerifier {
  return createVerifier({ ...keys, jwks: jwksUrl === null ? null : createJwks(jwksUrl, now), own, now });
}

const FETCH_TIMEOUT_MS = 3_000;
const MAXIMUM_JWKS_BYTES = 256 * 1024;
const MAXIMUM_KEYS = 50;
/** Keys are read again after this long, and at once for a `kid` that is not among them … */
const FRESH_MS = 300_000;
/** … but never sooner than this after the last time: tokens with made-up ids cause no traffic. */
const REST_MS = 30_000;

/**
 * The site's key set. Only this address is ever fetched, whatever a token's header names (`jku`, `x5u`), and a `kid` is
 * looked up among its keys and used for nothing else.
 */
export function createJwks(
  url: string,
  now: () => number = Date.now,
): (kid: string | undefined) => Promise<SiteKey | null> {
  let keys: ReadonlyMap<string | undefined, SiteKey> | null = null;
  let askedAtMs = -Infinity;
  let asking: Promise<void> | null = null;
  const refresh = async () => {
    askedAtMs = now();
    try {
      keys = await fetchKeys(url);
    } catch (cause) {
      // Old keys serve on while the site is away; without any, nobody can be known.
      if (keys === null) {
        askedAtMs = -Infinity;
        throw new AppError('jwks', `the site's keys cannot be read: ${errorText(cause)}`, { retriable: true, cause });
      }
    }
  };
  return async (kid) => {
    const age = now() - askedAtMs;
    if (age > FRESH_MS || (age > REST_MS && !find(keys, kid)))
      await (asking ??= refresh().finally(() => (asking = null)));
    else if (asking) await asking;
    return find(keys, kid);
  };
}

/** Without a `kid` a token can only mean the one key there is. */
function find(keys: ReadonlyMap<string | undefined, SiteKey> | null, kid: string | undefined): SiteKey | null {
  if (!keys) return null;
  if (kid !== undefined) return keys.get(kid) ?? null;
  const [only, ...others] = keys.values();
  return others.length === 0 ? (only ?? null) : null;
}

async function fetchKeys(url: string): Promise<ReadonlyMap<string | undefined, SiteKey>> {
  const response = await fetch(url, { signal: AbortSignal.timeout(FETCH_TIMEOUT_MS), redirect: 'error' });
  if (!response.ok) throw new Error(`status ${response.status}`);
  const { keys } = JSON.parse(await readText(response)) as { keys?: unknown };
  if (!Array.isArray(keys)) throw new Error('is no key set');
  const usable = new Map<string | undefined, SiteKey>();
  for (const jwk of keys.slice(0, MAXIMUM_KEYS) as JsonWebKey[]) {
    const key = toKey(jwk);
    if (key) usable.set((jwk as { kid?: string }).kid, { key, algorithms: algorithmsOf(key) });
  }
  return usable;
}

async function readText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > MAXIMUM_JWKS_BYTES) throw new Error(`is larger than ${MAXIMUM_JWKS_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** A signing key of a kind that we verify with; others, and symmetric ones, are passed over. */
function toKey(jwk: JsonWebKey): KeyObject | null {
  if (jwk.use !== undefined && jwk.use !== 'sig') return null;
  if (jwk.kty !== 'RSA' && !(jwk.kty === 'EC' && jwk.crv === 'P-256')) return null;
  try {
    return createPublicKey({ key: jwk, format: 'jwk' });
  } catch {
    return null;
  }
}
