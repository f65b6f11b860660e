import type { Caller } from '../shared/endpoint.ts';
import { errorText } from '../shared/errors.ts';
import { encodeEvent, type Emission } from '../shared/event.ts';
import type { EventName } from '../shared/events/catalogue.ts';
import { freshId } from '../shared/ids.ts';
import type { OutRecord } from '../shared/kafka.ts';
import type { Logger } from '../shared/logger.ts';
import { RecentMap } from '../shared/recent-map.ts';
import { metrics } from './metrics.ts';

/** The events that the gateway itself makes: AddNewRoom and ConnectionClosed. No socket ever waits for one. */
export interface Announcer {
  /** A user is in their own room: it exists from now on. Said again at most every ten minutes. */
  roomOpened(owner: Caller): void;
  connectionClosed(connectionId: string): void;
}

const SOURCE = '/ws-gateway';
const SAY_AGAIN_MS = 10 * 60_000;
const MAXIMUM_REMEMBERED = 10_000;
const COMPLAIN_EVERY_MS = 10_000;

export function createAnnouncer(
  publish: (record: OutRecord) => Promise<void>,
  log: Logger,
  now: () => number = Date.now,
): Announcer {
  const opened = new RecentMap<string, number>(MAXIMUM_REMEMBERED);
  let complainedAtMs = 0;
  const say = async <N extends EventName>(emission: Emission<N>, failed?: () => void) => {
    try {
      await publish(encodeEvent(emission));
    } catch (error) {
      failed?.();
      metrics.announcementsFailed.inc({ event: emission.name });
      if (now() - complainedAtMs < COMPLAIN_EVERY_MS) return;
      complainedAtMs = now();
      log.warn({ event: emission.name, reason: errorText(error) }, 'an event of ours was not confirmed');
    }
  };
  return {
    roomOpened(owner) {
      if (now() - (opened.get(owner.subject) ?? 0) < SAY_AGAIN_MS) return;
      opened.set(owner.subject, now());
      const time = new Date(now());
      const payload = {
        owner: { uuid: owner.subject, type: 'user' as const, name: owner.name },
        created_at: time.toISOString(),
      };
      void say({ id: freshId(), name: 'AddNewRoom', payload, source: SOURCE, time }, () =>
        opened.delete(owner.subject),
      );
    },
    connectionClosed(connectionId) {
      const time = new Date(now());
      const payload = { connection_id: connectionId, created_at: time.toISOString() };
      void say({ id: freshId(), name: 'ConnectionClosed', payload, source: SOURCE, time });
    },
  };
}
