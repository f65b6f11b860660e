import { randomUUID } from 'node:crypto';
import { encodeEvent } from '../../shared/event.ts';
import { freshId } from '../../shared/ids.ts';
import type { OutRecord } from '../../shared/kafka.ts';

const rooms = 200;
const writers = 2_000;

/** Messages of 2,000 people, in 200 rooms unless others are given. */
export function messageBacklog(
  count: number,
  owners: readonly string[] = Array.from({ length: rooms }, () => randomUUID()),
): OutRecord[] {
  const people = Array.from({ length: writers }, () => randomUUID());
  return Array.from({ length: count }, (_, at) => {
    const id = freshId();
    const now = new Date();
    const from = { uuid: people[at % writers] ?? '', type: 'client' as const, name: 'Finn' };
    const payload = {
      ...{
        message_id: id,
        owner_id: owners[at % owners.length] ?? '',
        from,
        is_public: true,
        created_at: now.toISOString(),
      },
      value: 'Nobody expects the fourth encore, and yet here we all are :)',
    };
    return encodeEvent({ id, name: 'AddNewMessage', payload, source: '/bench', time: now });
  });
}

/** A donation of one unit of the currency from a viewer to a streamer. */
export function donation(viewer: string, streamer: string): OutRecord {
  const id = freshId();
  const now = new Date();
  const payload = {
    ...{ donate_id: id, owner_id: streamer, sum: '1.00', currency: 'USD', created_at: now.toISOString() },
    ...{ from: { uuid: viewer, type: 'client' as const, name: 'Finn' }, owner_vouched: true },
  };
  return encodeEvent({ id, name: 'AddNewDonate', payload, source: '/bench', time: now });
}
