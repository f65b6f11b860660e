/**
 * `node bench/load/posts-and-frames.ts`: posts messages at a steady rate and watches the room as a viewer. A message's
 * delay counts from when it was due, so that a late start, here or there, counts too.
 */
import { Agent, request } from 'node:http';
import { WebSocket } from 'ws';

export interface PaceTold {
  readonly httpPort: number;
  readonly gatewayPort: number;
  readonly owner: string;
  /** The posts' authors, in turn. */
  readonly tokens: readonly string[];
  readonly perSecond: number;
  readonly warmUpMs: number;
  readonly measureMs: number;
}

export type PaceAnswered =
  | { readonly kind: 'done'; readonly delaysMs: readonly number[]; readonly lost: number }
  | { readonly kind: 'failed'; readonly why: string };

const TICK_MS = 1;
const LAST_FRAME_MS = 5_000;
const agent = new Agent({ keepAlive: true, maxSockets: 64 });

process.on('disconnect', () => process.exit(0));
process.on('message', (told: PaceTold) => {
  run(told).then(tell, (error: unknown) => tell({ kind: 'failed', why: String(error) }));
});

const tell = (answer: PaceAnswered) => void process.send?.(answer);

async function run(told: PaceTold): Promise<PaceAnswered> {
  const socket = await enter(told);
  const total = Math.floor((told.perSecond * (told.warmUpMs + told.measureMs)) / 1_000);
  const uncounted = Math.floor((told.perSecond * told.warmUpMs) / 1_000);
  const from = performance.now() + 100;
  const dueAt = (place: number) => from + (place * 1_000) / told.perSecond;
  const delays = new Map<number, number>();
  socket.on('message', (data: Buffer) => {
    const place = Number(/"value":"due (\d+)"/.exec(data.toString('latin1'))?.[1] ?? NaN);
    if (place >= uncounted && !delays.has(place)) delays.set(place, performance.now() - dueAt(place));
  });
  let failure: string | null = null;
  for (let place = 0; place < total; await pause(TICK_MS)) {
    for (; place < total && performance.now() >= dueAt(place); place++) {
      post(told, place, (why) => (failure ??= why));
    }
    if (failure !== null) return { kind: 'failed', why: failure };
  }
  const deadline = performance.now() + LAST_FRAME_MS;
  while (delays.size < total - uncounted && performance.now() < deadline) await pause(10);
  socket.terminate();
  return { kind: 'done', delaysMs: [...delays.values()], lost: total - uncounted - delays.size };
}

/** Resolves once the viewer is in the room. */
function enter({ gatewayPort, owner, tokens }: PaceTold): Promise<WebSocket> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${tokens[0]}` };
    const socket = new WebSocket(`ws://127.0.0.1:${gatewayPort}/room/${owner}`, { headers });
    socket.once('error', reject);
    socket.on('message', (data: Buffer) => {
      if (data.includes('"type":"subscribed"')) resolve(socket);
    });
  });
}

function post({ httpPort, tokens }: PaceTold, place: number, fail: (why: string) => void): void {
  const body = JSON.stringify({ message: `due ${place}`, is_public: true });
  const headers = {
    authorization: `Bearer ${tokens[place % tokens.length]}`,
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
  };
  const options = { host: '127.0.0.1', port: httpPort, path: '/chat/message/add', method: 'POST', headers, agent };
  request(options, (response) => {
    if (response.statusCode !== 201) fail(`the ingress answered ${response.statusCode}`);
    response.resume();
  })
    .on('error', (error) => fail(error.message))
    .end(body);
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
