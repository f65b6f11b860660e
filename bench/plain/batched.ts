import type { Post, Publish } from './chat-body.ts';
import type { Send } from './producer.ts';

const REQUESTS_IN_FLIGHT = 2;

interface Waiting {
  readonly post: Post;
  resolve(): void;
  reject(error: unknown): void;
}

/** What arrives while two requests are on their way leaves together, on the next turn of the loop. */
export function batched(send: Send): Publish {
  /** As many at most as there are requests, for each waits for its own. */
  let queue: Waiting[] = [];
  let inFlight = 0;
  let isPlanned = false;

  const plan = () => {
    if (isPlanned || queue.length === 0 || inFlight >= REQUESTS_IN_FLIGHT) return;
    isPlanned = true;
    setImmediate(() => {
      isPlanned = false;
      const request = queue;
      queue = [];
      void sendAll(request);
    });
  };
  const sendAll = async (request: readonly Waiting[]) => {
    inFlight++;
    try {
      await send(request.map(({ post }) => post));
      for (const waiting of request) waiting.resolve();
    } catch (error) {
      for (const waiting of request) waiting.reject(error);
    }
    inFlight--;
    plan();
  };
  return (post) =>
    new Promise((resolve, reject) => {
      queue.push({ post, resolve, reject });
      plan();
    });
}
