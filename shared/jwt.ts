import { createPublicKey, createSecretKey, type KeyObject } from 'node:crypto';
import { Type } from '@sinclair/typebox';
import jwt from 'jsonwebtoken';
import type { Caller } from './endpoint.ts';
import { createHmacVerifier } from './hmac-token.ts';
import type { OwnTokens } from './own-tokens.ts';
import { RecentMap } from './recent-map.ts';
import { compile, Uuid } from './schema.ts';

/**
 * Bearer tokens (contract.md, 1). The algorithm is pinned per key: a token's own header chooses nothing. Verified tokens
 * are kept in a bounded cache, keyed by the whole token, with `exp` checked again at each use.
 */
export interface JwtOptions {
  readonly secret: string | null;
  readonly publicKey: string | null;
  /** Finds a key by `kid` at the site's JWKS address; null where there is none. */
  readonly jwks: ((kid: string | undefined) => Promise<SiteKey | null>) | null;
  readonly issuer: string | null;
  readonly audience: string | null;
  /** What this product's own tokens are checked with; null where none are taken. */
  readonly own: Pick<OwnTokens, 'keyOf' | 'hasEnded'> | null;
  readonly now: () => number;
}

export interface SiteKey {
  readonly key: KeyObject;
  readonly algorithms: jwt.Algorithm[];
}

/** Why a token was refused; never shown to its sender, who only learns that it was. */
export class TokenError extends Error {}

/** `iss` of this product's own auth service; any other, or none, is the streaming site's. */
export const OWN_ISSUER = 'rostra';

const MAXIMUM_TOKEN_BYTES = 8_192;
const CACHE_TOKENS = 20_000;
const LEEWAY_S = 5;

/** How a token of ours begins: {"alg":"ES256", as its signer writes it. Those of the site are not looked into for it. */
const ES256_HEAD = 'eyJhbGciOiJFUzI1NiIs';

const claimsSchema = compile(
  Type.Object({
    sub: Uuid,
    type: Type.Union([Type.Literal('user'), Type.Literal('client')]),
    owner: Type.Optional(Uuid),
    name: Type.Optional(Type.String({ maxLength: 100 })),
    scope: Type.Optional(Type.String({ maxLength: 1_000 })),
    exp: Type.Integer(),
    iss: Type.Optional(Type.String({ maxLength: 200 })),
    typ: Type.Optional(Type.Literal('access')),
  }),
);

/** An access token of ours is of a session, and says that it is none of another kind. */
const ownClaimsSchema = compile(
  Type.Object({
    sub: Uuid,
    type: Type.Union([Type.Literal('user'), Type.Literal('client')]),
    name: Type.Optional(Type.String({ maxLength: 100 })),
    scope: Type.Optional(Type.String({ maxLength: 1_000 })),
    exp: Type.Integer(),
    iss: Type.Literal(OWN_ISSUER),
    typ: Type.Literal('access'),
    sid: Uuid,
  }),
);

export interface Verified {
  readonly caller: Caller;
  /** When the token ends, ms since 1970. */
  readonly expiresAtMs: number;
}

export interface TokenVerifier {
  /** @throws TokenError */
  verify(token: string): Promise<Verified>;
}

export function createVerifier(options: JwtOptions): TokenVerifier {
  const fixed = fixedKey(options);
  const cache = new RecentMap<string, Verified>(CACHE_TOKENS);
  return {
    async verify(token) {
      const known = cache.get(token);
      if (known) {
        const isOver = known.expiresAtMs <= options.now();
        // Most tokens are the site's, which have no session: for them nothing is waited for.
        if (!isOver && (known.caller.session === undefined || !(await hasEnded(known, options)))) return known;
        cache.delete(token);
        throw new TokenError('expired, or its session has ended');
      }
      const verified = await verifyAfresh(token, fixed, options);
      cache.set(token, verified);
      return verified;
    },
  };
}

async function hasEnded({ caller: { session } }: Verified, { own }: JwtOptions): Promise<boolean> {
  return session !== undefined && own !== null && own.hasEnded(session);
}

/** The site's one key: a shared secret, or a public key. */
type FixedKey = SiteKey | { readonly hmac: ReturnType<typeof createHmacVerifier> };

/** A string secret would cost 40 times a KeyObject at each verification (docs/benchmarks.md, B2). */
function fixedKey({ secret, publicKey }: JwtOptions): FixedKey | null {
  if (secret) return { hmac: createHmacVerifier(createSecretKey(Buffer.from(secret, 'utf8'))) };
  if (!publicKey) return null;
  const key = createPublicKey(publicKey.replaceAll('\\n', '\n'));
  return { key, algorithms: algorithmsOf(key) };
}

/** The one algorithm family that fits a public key. */
export function algorithmsOf(key: KeyObject): jwt.Algorithm[] {
  if (key.asymmetricKeyType === 'rsa') return ['RS256'];
  if (key.asymmetricKeyType === 'ec') return ['ES256'];
  throw new Error(`a key of type ${key.asymmetricKeyType} cannot verify tokens; RSA and P-256 can`);
}

async function verifyAfresh(token: string, fixed: FixedKey | null, options: JwtOptions): Promise<Verified> {
  if (token.length > MAXIMUM_TOKEN_BYTES) throw new TokenError('too long');
  const ownKeyId = options.own ? ownKeyIdOf(token) : null;
  if (ownKeyId !== null) return verifyOwn(token, ownKeyId, options);
  const found = fixed ?? (await siteKeyOf(token, options));
  if (!found) throw new TokenError('no key for it');
  const claims = claimsSchema(verifySignature(token, found, options));
  if (!claims.ok) throw new TokenError(claims.faults.map((fault) => `${fault.path} ${fault.message}`).join('; '));
  if (claims.value.iss === OWN_ISSUER) throw new TokenError('this product issues no tokens here');
  return toVerified(claims.value);
}

/** The key that a token names which says that it is ours; null for every other token. */
function ownKeyIdOf(token: string): string | null {
  if (!token.startsWith(ES256_HEAD)) return null;
  const decoded = decodeQuietly(token);
  if (!decoded || typeof decoded.payload === 'string' || decoded.payload.iss !== OWN_ISSUER) return null;
  return typeof decoded.header.kid === 'string' ? decoded.header.kid : '';
}

async function verifyOwn(token: string, keyId: string, options: JwtOptions): Promise<Verified> {
  const found = (await options.own?.keyOf(keyId)) ?? null;
  if (!found) throw new TokenError('no key of ours');
  const claims = ownClaimsSchema(verifySignature(token, found, { ...options, issuer: OWN_ISSUER, audience: null }));
  if (!claims.ok) throw new TokenError(claims.faults.map((fault) => `${fault.path} ${fault.message}`).join('; '));
  const { caller, expiresAtMs } = toVerified(claims.value);
  const verified = { caller: { ...caller, session: claims.value.sid }, expiresAtMs };
  if (await hasEnded(verified, options)) throw new TokenError('its session has ended');
  return verified;
}

/** The key that the token names, found without trusting anything else that it says. */
async function siteKeyOf(token: string, { jwks }: JwtOptions): Promise<SiteKey | null> {
  const decoded = decodeQuietly(token);
  if (!decoded || typeof decoded.payload === 'string') throw new TokenError('not a token');
  // Nobody else's key may speak for us, and nobody is asked for one.
  if (decoded.payload.iss === OWN_ISSUER) throw new TokenError('this product issues no tokens here');
  return (await jwks?.(decoded.header.kid)) ?? null;
}

function decodeQuietly(token: string): jwt.Jwt | null {
  try {
    return jwt.decode(token, { complete: true });
  } catch {
    return null;
  }
}

function verifySignature(token: string, found: FixedKey, { issuer, audience, now }: JwtOptions): unknown {
  const nowS = Math.floor(now() / 1_000);
  try {
    if ('hmac' in found) return found.hmac(token, { issuer, audience, nowS, leewayS: LEEWAY_S });
    const { key, algorithms } = found;
    return jwt.verify(token, key, {
      algorithms,
      clockTolerance: LEEWAY_S,
      clockTimestamp: nowS,
      ...(issuer && { issuer }),
      ...(audience && { audience }),
    });
  } catch (error) {
    throw new TokenError(error instanceof Error ? error.message : 'refused');
  }
}

/** A name without what no event may hold (strict-json.ts): nobody should be kept out for an odd character. */
function storable(name: string): string {
  return name.replaceAll('\0', '').toWellFormed();
}

function toVerified(claims: {
  sub: string;
  type: 'user' | 'client';
  owner?: string;
  name?: string;
  scope?: string;
  exp: number;
  iss?: string;
}): Verified {
  return {
    caller: {
      subject: claims.sub,
      type: claims.type,
      owner: claims.owner ?? null,
      name: storable(claims.name ?? ''),
      issuer: claims.iss ?? '',
      scopes: new Set((claims.scope ?? '').split(' ').filter(Boolean)),
    },
    expiresAtMs: (claims.exp + LEEWAY_S) * 1_000,
  };
}
