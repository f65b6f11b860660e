import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Product } from './product.ts';
import type { Answer, Visitor } from './visitor.ts';

/** Somebody with an account of this product, and a session. */
export interface Registered {
  readonly uuid: string;
  readonly phone: string;
  readonly nickname: string;
  readonly visitor: Visitor;
  readonly refreshToken: string;
}

export const PASSWORD = 'a long enough word';

/** Valid numbers of one country, one for each `at` from 0 to 9,999. */
export const phoneNumber = (at: number) => `+1201555${String(at).padStart(4, '0')}`;

/** Asks for an account; the answer as it came. */
export function askToRegister(product: Product, body: object, headers: Record<string, string> = {}): Promise<Answer> {
  return post(product, '/register', body, headers);
}

const TRIES = 40;
const TRY_EVERY_MS = 250;

/**
 * As a client does: again under the same key while the answer is 503, as it may be where processes have just started.
 * @throws where the answer is another than 201
 */
export async function register(product: Product, phone: string, nickname: string): Promise<Registered> {
  const key = { 'idempotency-key': randomUUID() };
  const ask = () => askToRegister(product, { phone, password: PASSWORD, nickname }, key);
  let answer = await ask();
  for (let tries = 1; tries < TRIES && answer.status === 503; tries++) {
    await pause(TRY_EVERY_MS);
    answer = await ask();
  }
  if (answer.status !== 201) throw new Error(`/register answered ${answer.status} ${JSON.stringify(answer.body)}`);
  return { phone, nickname, ...sessionOf(product, answer) };
}

/** The person whom an answer of /register, /login or /refresh-token is about. */
export function sessionOf(product: Product, { body }: Answer): Pick<Registered, 'uuid' | 'visitor' | 'refreshToken'> {
  const [uuid, token] = [String(body['uuid']), String(body['token'])];
  return { uuid, visitor: product.holder({ sub: uuid, token }), refreshToken: String(body['refresh_token']) };
}

/** A call of somebody who is not signed in. */
export async function post(
  { httpUrl }: Product,
  path: string,
  body: object,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const response = await fetch(httpUrl + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(60_000),
  });
  return { status: response.status, headers: response.headers, body: (await response.json()) as Answer['body'] };
}
