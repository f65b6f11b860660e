import type { IncomingMessage } from 'node:http';
import { type Caller, forbidden, notFound } from '../shared/endpoint.ts';
import { TokenError, type TokenVerifier } from '../shared/jwt.ts';
import { singleHeader, unauthorized } from './respond.ts';

/** RFC 6750, 2.1; the scheme's name is case-insensitive (RFC 9110, 11.1). */
const BEARER = /^bearer +([A-Za-z0-9\-._~+/]+=*)$/i;

/**
 * Who calls, by exactly one `Authorization: Bearer` header.
 * @throws Refusal 401 without one, or with a token that the verifier refuses; why is not told
 */
export async function authenticate(request: IncomingMessage, verifier: TokenVerifier): Promise<Caller> {
  const token = bearerToken(request);
  if (token === null) throw unauthorized();
  try {
    return (await verifier.verify(token)).caller;
  } catch (thrown) {
    if (thrown instanceof TokenError) throw unauthorized();
    throw thrown;
  }
}

function bearerToken(request: IncomingMessage): string | null {
  const value = singleHeader(request, 'authorization');
  return (value && BEARER.exec(value)?.[1]) || null;
}

/** @throws Refusal 403; 404 for operators' routes, whose existence is nobody else's business */
export function requireScope(caller: Caller, scope: string | null): void {
  if (scope === null || caller.scopes.has(scope)) return;
  throw scope === 'ops' ? notFound() : forbidden();
}
