import { createHmac, hash, randomBytes } from 'node:crypto';

/**
 * Refresh tokens: 32 bytes that nobody can guess, at rest only as their hash. The one that follows is made from the old
 * one and a salt: whoever holds the old one can be given it again, and nobody else can make it.
 */
const BYTES = 32;
/** From its issue to the last moment at which it is taken. */
export const REFRESH_TOKEN_MS = 30 * 86_400_000;

export function freshRefreshToken(): string {
  return randomBytes(BYTES).toString('base64url');
}

export function freshSalt(): Buffer {
  return randomBytes(BYTES);
}

export function successorOf(token: string, salt: Buffer): string {
  return createHmac('sha256', Buffer.from(token, 'base64url')).update(salt).digest('base64url');
}

/** What a token is looked up by; null for what cannot be one. */
export function refreshTokenHash(token: string): Buffer | null {
  const bytes = Buffer.from(token, 'base64url');
  // Another text for the same bytes would be a second token with a first one's successor.
  if (bytes.length !== BYTES || bytes.toString('base64url') !== token) return null;
  return Buffer.from(hash('sha256', token), 'hex');
}
