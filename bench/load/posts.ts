/** `node bench/load/posts.ts`: keep-alive connections that post one request after the other, each as soon as it can. */
import { type KeptConnection, keepConnection } from './keep-alive.ts';

export interface PostsTold {
  readonly port: number;
  readonly connections: number;
  /** Whole requests as they go over the wire; each connection takes its turn through them. */
  readonly requests: readonly string[];
  readonly warmUpMs: number;
  readonly measureMs: number;
}

export type PostsAnswered =
  | { readonly kind: 'warm' }
  /** `refused`: the first answer that was no 201, where there was one. */
  | { readonly kind: 'done'; readonly answered: number; readonly seconds: number; readonly refused: string | null };

/** A slow server on a busy machine may need longer for one answer than a short measurement lasts. */
const MOST_SPANS = 10;

let answered = 0;
let refused: string | null = null;

process.on('disconnect', () => process.exit(0));
process.on('message', (told: PostsTold) => void run(told));

async function run(told: PostsTold): Promise<void> {
  const connections = Array.from({ length: told.connections }, (_, at) => post(told.port, told.requests, at));
  await pause(told.warmUpMs);
  tell({ kind: 'warm' });
  answered = 0;
  const from = performance.now();
  for (let span = 0; span === 0 || (answered === 0 && span < MOST_SPANS); span++) await pause(told.measureMs);
  tell({ kind: 'done', answered, seconds: (performance.now() - from) / 1_000, refused });
  for (const connection of connections) connection.end();
}

/** One connection; it starts at its own place among the requests, so that together they use all of them. */
function post(port: number, requests: readonly string[], start: number): KeptConnection {
  let next = start * 7;
  const send = () => connection.send(requests[next++ % requests.length] ?? '');
  const connection = keepConnection(port, {
    ready: send,
    answered(status, text) {
      if (status !== 201) refused ??= text.slice(0, 400);
      answered += 1;
      send();
    },
    failed: (why) => (refused ??= why),
  });
  return connection;
}

const tell = (answer: PostsAnswered) => void process.send?.(answer);
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
