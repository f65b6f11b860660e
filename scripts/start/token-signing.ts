import jwt from 'jsonwebtoken';

/** What signs a token, and what it must bear to be taken. */
export interface Signing {
  jwtSecret: string;
  issuer: string | undefined;
  audience: string | undefined;
}

/** The product's variables as what signs; null without a secret: a public key signs nothing. */
export function signingFrom({ JWT_SECRET, JWT_ISSUER, JWT_AUDIENCE }: NodeJS.ProcessEnv): Signing | null {
  if (!JWT_SECRET) return null;
  return { jwtSecret: JWT_SECRET, issuer: JWT_ISSUER || undefined, audience: JWT_AUDIENCE || undefined };
}

/** A token with these claims, signed with HS256 as a site would. */
export function signToken({ jwtSecret, issuer, audience }: Signing, claims: object, lifeSeconds: number): string {
  return jwt.sign(claims, jwtSecret, {
    algorithm: 'HS256',
    expiresIn: lifeSeconds,
    ...(issuer ? { issuer } : {}),
    ...(audience ? { audience } : {}),
  });
}
