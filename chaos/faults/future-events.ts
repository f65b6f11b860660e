import { randomUUID } from 'node:crypto';
import { encodeEvent, header } from '../../shared/event.ts';
import type { OutRecord } from '../../shared/kafka.ts';
import type { Stand } from '../fault.ts';
import type { Request } from '../history.ts';
import { signToken } from '../../e2e/support/product.ts';
import { Caller } from '../load/caller.ts';
import { decimal } from '../load/requests.ts';
import { endsOf, recordsFrom, writeRecords } from './records.ts';

const EACH = 10;
const BALANCE = 10_000n;
const SUM = 5n;
const REQUIRED_SUM = 1_000n;
const LIMIT_MS = 30_000;
/** What a later version of a producer may say beside what this one knows. */
const FUTURE = { mood: { colour: 'green', since: [1, 2, 3] } };

/**
 * Events as a newer build would write them, under today's version: with fields that nobody here knows, at the top and
 * further down. They are handled as any other, and what carries a donation on carries them too.
 */
export async function writeFutureEvents(stand: Stand): Promise<void> {
  const donor = signToken(stand.product.secret, { name: 'from the future' });
  const room = stand.load.rooms[0] as string;
  await deposit(stand, donor.sub);
  const before = await endsOf(stand, 'donations');
  const events = Array.from({ length: EACH }, () => [
    messageFrom(stand, donor.sub, room),
    donationFrom(stand, donor.sub, room),
    goalOf(stand, room),
  ]).flat();
  stand.injected(`${events.length} events with unknown fields`);
  await writeRecords(stand, events);
  const ids = new Set(events.map(({ headers }) => headers[header.id]));
  const carried = await untilCarried(stand, before, ids);
  stand.say(`  ${events.length} events with unknown fields were written; ${carried} settlements carry them on`);
  if (carried < EACH)
    stand.violated(`row 43: of ${EACH} donations with unknown fields only ${carried} carried them on`);
}

async function deposit({ product, load }: Stand, account: string): Promise<void> {
  const bank = signToken(product.secret, { scope: 'money:deposit' });
  const request = requestOf({ kind: 'deposit', by: bank.sub, room: account, sum: BALANCE });
  load.requests.push(request);
  const caller = new Caller(product.httpUrl);
  const until = performance.now() + LIMIT_MS;
  try {
    while (request.id === null) {
      const { status, body } = await caller.post(
        '/account/deposit',
        bank.token,
        { account, sum: decimal(BALANCE) },
        request.key,
      );
      request.answers.set(status, (request.answers.get(status) ?? 0) + 1);
      if (status === 200) confirm(request, String(body['transfer_id']));
      else if (performance.now() > until) throw new Error(`a deposit was answered ${status}`);
    }
  } finally {
    caller.close();
  }
}

function requestOf(given: Pick<Request, 'kind' | 'by' | 'room' | 'sum'>): Request {
  return {
    ...{ ...given, key: `future-${randomUUID()}`, isPrivate: false, dueAtMs: performance.now() },
    ...{ answers: new Map<number, number>(), id: null, confirmedAtMs: 0, refused: 0 },
  };
}

function confirm(request: Request, id: string): void {
  request.id = id;
  request.confirmedAtMs = performance.now();
}

/** Written past the ingress, and of the history as if it had confirmed it. */
function noted(stand: Stand, given: Parameters<typeof requestOf>[0], id: string): Request {
  const request = requestOf(given);
  confirm(request, id);
  stand.load.requests.push(request);
  return request;
}

const stamp = () => ({ source: '/ingress', time: new Date() });
const personOf = (uuid: string, type: 'user' | 'client') => ({ uuid, type, name: 'from the future', ...FUTURE });

function messageFrom(stand: Stand, by: string, room: string): OutRecord {
  const id = randomUUID();
  const { key } = noted(stand, { kind: 'message', by, room, sum: 0n }, id);
  const payload = {
    ...{ message_id: id, owner_id: room, from: personOf(by, 'client'), value: `message ${key}`, is_public: true },
    ...{ created_at: new Date().toISOString(), ...FUTURE },
  };
  return encodeEvent({ id, name: 'AddNewMessage', payload, ...stamp() });
}

function donationFrom(stand: Stand, by: string, room: string): OutRecord {
  const id = randomUUID();
  const { key } = noted(stand, { kind: 'donation', by, room, sum: SUM }, id);
  const payload = {
    ...{ donate_id: id, owner_id: room, from: personOf(by, 'client'), sum: decimal(SUM), currency: 'USD' },
    message: { message: `comment ${key}`, is_public: true, ...FUTURE },
    ...{ created_at: new Date().toISOString(), owner_vouched: true, ...FUTURE },
  };
  return encodeEvent({ id, name: 'AddNewDonate', payload, ...stamp() });
}

function goalOf(stand: Stand, room: string): OutRecord {
  const id = randomUUID();
  const { key } = noted(stand, { kind: 'goal', by: room, room, sum: REQUIRED_SUM }, id);
  const payload = {
    ...{ goal_id: id, owner: personOf(room, 'user'), name: `goal ${key}`, require_sum: decimal(REQUIRED_SUM) },
    ...{ currency: 'USD', created_at: new Date().toISOString(), ...FUTURE },
  };
  return encodeEvent({ id, name: 'AddNewGoal', payload, ...stamp() });
}

/** How many settlements of these donations carry the fields on; waited for, half a minute at most. */
async function untilCarried(
  stand: Stand,
  from: ReadonlyMap<number, bigint>,
  ids: ReadonlySet<string | undefined>,
): Promise<number> {
  const until = performance.now() + LIMIT_MS;
  for (;;) {
    const carried = new Set<string>();
    for (const { headers, value } of await recordsFrom(stand, 'donations', from)) {
      if (headers[header.type] !== 'ReceiveMoney' || value === null) continue;
      const { donate } = JSON.parse(value.toString()) as { donate: { donate_id: string; mood?: unknown } };
      if (ids.has(donate.donate_id) && JSON.stringify(donate.mood) === JSON.stringify(FUTURE.mood))
        carried.add(donate.donate_id);
    }
    if (carried.size >= EACH || performance.now() > until) return carried.size;
    await stand.pause(500);
  }
}
