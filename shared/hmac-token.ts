import { createHmac, type KeyObject, timingSafeEqual } from 'node:crypto';

/** What a token is held against besides its signature. Times in seconds. */
export interface TokenRules {
  readonly issuer: string | null;
  readonly audience: string | null;
  readonly nowS: number;
  readonly leewayS: number;
}

/** Header, claims and a SHA-256 in base64url without padding (RFC 7515, 3.1). */
const COMPACT = /^[\w-]+\.[\w-]+\.[\w-]{43}$/;
/** Headers that were found good: a site's tokens all bear the same one. */
const KNOWN_HEADERS = 16;

/**
 * The claims of tokens that are signed with HMAC SHA-256 (RFC 7515, RFC 7518 3.2) by one key. It takes and refuses what
 * jsonwebtoken does with `algorithms: ['HS256']`, and refuses `crit` and claims that are no object as well, in two thirds of
 * its time: jsonwebtoken takes each token apart twice (docs/benchmarks.md, B2). The token chooses nothing: its header must say HS256.
 */
export function createHmacVerifier(key: KeyObject): (token: string, rules: TokenRules) => unknown {
  const goodHeaders = new Set<string>();
  return (token, rules) => {
    if (!COMPACT.test(token)) throw new Error('malformed');
    const claimsAt = token.indexOf('.') + 1;
    const signatureAt = token.lastIndexOf('.') + 1;
    const header = token.slice(0, claimsAt - 1);
    if (!goodHeaders.has(header)) assertHeader(header);
    const right = createHmac('sha256', key)
      .update(token.slice(0, signatureAt - 1))
      .digest('base64url');
    // As text: two texts may mean the same bytes, and only one of them is the signature.
    if (!timingSafeEqual(Buffer.from(right), Buffer.from(token.slice(signatureAt)))) {
      throw new Error('invalid signature');
    }
    // Only now: what is kept must be worth keeping.
    if (goodHeaders.size < KNOWN_HEADERS) goodHeaders.add(header);
    const claims = parsePart(token.slice(claimsAt, signatureAt - 1));
    assertClaims(claims, rules);
    return claims;
  };
}

function assertHeader(text: string): void {
  const header = parsePart(text);
  if (header['alg'] !== 'HS256' || 'crit' in header) throw new Error('invalid algorithm');
}

/** @throws where the text is no JSON object */
function parsePart(text: string): Record<string, unknown> {
  const part: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
  if (typeof part !== 'object' || part === null || Array.isArray(part)) throw new Error('malformed');
  return part as Record<string, unknown>;
}

/** The registered claims (RFC 7519, 4.1). @throws where the token is not valid now, or not for us */
function assertClaims(claims: Record<string, unknown>, { issuer, audience, nowS, leewayS }: TokenRules): void {
  const { exp, nbf, iss, aud } = claims;
  if (nbf !== undefined && typeof nbf !== 'number') throw new Error('invalid nbf value');
  if (nbf !== undefined && nbf > nowS + leewayS) throw new Error('not active yet');
  if (exp !== undefined && typeof exp !== 'number') throw new Error('invalid exp value');
  if (exp !== undefined && nowS >= exp + leewayS) throw new Error('expired');
  if (audience && !(Array.isArray(aud) ? aud : [aud]).includes(audience)) throw new Error('meant for somebody else');
  if (issuer && iss !== issuer) throw new Error('issued by somebody else');
}
