import { sleep } from '../shared/clock.ts';
import { AppError, errorText } from '../shared/errors.ts';
import type { Producer } from '../shared/kafka.ts';
import type { Logger } from '../shared/logger.ts';

const RETRY_MS = 500;

export interface PatientProducer extends Producer {
  /** @throws AppError while the broker has never answered */
  check(): void;
}

/**
 * A producer that exists before its broker does: it connects in the background for as long as that takes, and refuses
 * meanwhile. So the ingress answers 503, instead of not at all, when it starts while the broker is away.
 */
export function connectPatiently(connect: () => Promise<Producer>, log: Logger): PatientProducer {
  const closing = new AbortController();
  let producer: Producer | null = null;
  const connecting = (async () => {
    while (!closing.signal.aborted) {
      try {
        producer = await connect();
        return;
      } catch (error) {
        log.warn({ reason: errorText(error) }, 'the broker is out of reach');
        await sleep(RETRY_MS, closing.signal);
      }
    }
  })();
  const connected = (): Producer => {
    if (producer) return producer;
    throw new AppError('broker-away', 'the broker has not answered yet', { retriable: true });
  };
  return {
    check: () => void connected(),
    send: async (records) => connected().send(records),
    async close() {
      closing.abort();
      await connecting;
      await producer?.close();
    },
  };
}
