import { setTimeout as sleep } from 'node:timers/promises';
import { type Signing, signToken } from './token-signing.ts';

const tokenLifeSeconds = 7 * 24 * 60 * 60;
const askTimeoutMs = 10_000;
const showTimeoutMs = 10_000;
const pollMs = 250;

/** Fixed, so that each start finds the same room again. */
const streamer = { sub: '0ada0ada-0ada-4ada-8ada-0ada0ada0ada', type: 'user', name: 'Ada' };
const viewer = { sub: '0f1900f1-900f-4190-8f19-00f1900f1900', type: 'client', name: 'Finn' };

/** Who looks after the product. */
const operator = { sub: '00be0be0-0be0-4be0-8be0-00be00be00be', type: 'client', name: 'Olga', scope: 'ops' };

/** Two tokens for one room, and one for the operator's page. */
export interface DemoRoom {
  owner: string;
  streamerToken: string;
  viewerToken: string;
  operatorToken: string;
}

/**
 * Opens a room with a streamer, a viewer who can donate and a goal, through the product's own HTTP API; run again it
 * finds them there. Throws with the answer that refused.
 * @param address where the ingress answers, as http://host:port
 */
export async function openDemoRoom(address: string, signing: Signing): Promise<DemoRoom> {
  const owner = streamer.sub;
  const sign = (claims: object) => signToken(signing, claims, tokenLifeSeconds);
  const streamerToken = sign(streamer);
  const viewerToken = sign({ ...viewer, owner });
  const cashier = sign({ sub: viewer.sub, type: viewer.type, scope: 'money:deposit' });
  const post = (token: string, path: string, key: string, body: object) =>
    ask(`${address}${path}`, { method: 'POST', token, key, body });

  await post(streamerToken, '/room', 'demo-room', { name: streamer.name });
  await post(cashier, '/account/deposit', 'demo-deposit', { account: viewer.sub, sum: '100.00' });
  const hasGoal = async () => {
    const url = `${address}/chat/goal?owner_id=${owner}`;
    return Boolean((await ask(url, { method: 'GET', token: streamerToken })).goal);
  };
  if (!(await hasGoal())) {
    // A key of this start: the goal before it was reached, and the key that asked for it has had its one effect.
    const key = `demo-goal-${Date.now()}`;
    await post(streamerToken, '/chat/goal/add', key, { name: 'New microphone', require_sum: '50.00' });
    await waitUntil(hasGoal);
  }
  return { owner, streamerToken, viewerToken, operatorToken: sign(operator) };
}

/** What the holder of the token has, as "57.00 USD"; null where the ledger does not say. */
export async function readBalance(address: string, token: string): Promise<string | null> {
  try {
    const { balance, currency } = await ask(`${address}/account`, { method: 'GET', token });
    return balance === undefined ? null : `${balance} ${currency}`;
  } catch {
    return null;
  }
}

/** What was published shows after a moment; a page opened before that would show an empty room. */
async function waitUntil(condition: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + showTimeoutMs;
  while (!(await condition()) && Date.now() < deadline) await sleep(pollMs);
}

interface Question {
  method: 'GET' | 'POST';
  token: string;
  key?: string;
  body?: object;
}

interface Answer {
  goal?: object | null;
  balance?: string;
  currency?: string;
}

async function ask(url: string, { method, token, key, body }: Question): Promise<Answer> {
  const response = await fetch(url, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body ? { 'content-type': 'application/json' } : {}),
      ...(key ? { 'idempotency-key': key } : {}),
    },
    ...(body ? { body: JSON.stringify(body) } : {}),
    signal: AbortSignal.timeout(askTimeoutMs),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${new URL(url).pathname} answered ${response.status}: ${text}`);
  return JSON.parse(text) as Answer;
}
