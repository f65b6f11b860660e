import { setTimeout as sleep } from 'node:timers/promises';
import { machineMs } from './delays.ts';
import type { RoomServer } from './saturate.ts';

/** A steady rate: when each event is due, on the machine's clock. */
export interface Pace {
  /** When event 0 would have been due; the first that counts is event 1. */
  readonly fromMs: number;
  readonly perSecond: number;
}

export const dueAtMs = ({ fromMs, perSecond }: Pace, number: number) => fromMs + (number * 1_000) / perSecond;

const TICK_MS = 1;
/** After a publisher was held up. */
const MOST_AT_ONCE = 1_000;

/** What is being published, one event after another, each when it is due. */
export interface Feed {
  /** The last number handed over. */
  readonly sent: number;
  /** Resolves after the last event. @throws when one could not be published */
  readonly ended: Promise<void>;
  end(): void;
}

/**
 * Publishes from event 1 on, each once it is due; what came due while the last ones were being handed over follows at
 * once.
 * @param total the last number; without it until it is ended
 */
export function publishAtPace(server: RoomServer, pace: Pace, total = Infinity): Feed {
  let sent = 0;
  let last = total;
  const publish = async () => {
    while (sent < last) {
      const due = Math.min(last, Math.floor(((machineMs() - pace.fromMs) * pace.perSecond) / 1_000));
      const count = Math.min(MOST_AT_ONCE, due - sent);
      if (count <= 0) await sleep(TICK_MS);
      else {
        const first = sent + 1;
        sent += count;
        await server.publish(first, count);
      }
    }
  };
  const ended = publish();
  // Whoever awaits it hears of a failure; it may come before anybody does.
  ended.catch(() => undefined);
  return {
    get sent() {
      return sent;
    },
    ended,
    end: () => void (last = sent),
  };
}
