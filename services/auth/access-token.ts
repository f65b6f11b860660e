import jwt from 'jsonwebtoken';
import { OWN_ISSUER } from '../../shared/jwt.ts';
import { ACCESS_TOKEN_S } from '../../shared/own-tokens.ts';
import type { Signer } from './signing-keys.ts';
import type { Account } from './tables/accounts.ts';

/** An access token of one session, as shared/jwt.ts checks it. It lasts ACCESS_TOKEN_S from `now`. */
export function signAccessToken(
  { kid, key }: Signer,
  account: Pick<Account, 'id' | 'type' | 'nickname'>,
  session: string,
  now: Date,
): string {
  const iat = Math.floor(now.getTime() / 1_000);
  const claims = {
    sub: account.id,
    type: account.type,
    ...(account.nickname !== null && { name: account.nickname }),
    iss: OWN_ISSUER,
    typ: 'access',
    sid: session,
    iat,
    exp: iat + ACCESS_TOKEN_S,
  };
  return jwt.sign(claims, key, { algorithm: 'ES256', keyid: kid });
}
