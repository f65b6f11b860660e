/**
 * `node bench/load/posts-and-frames.ts`: posts messages or donations at a steady rate and watches the room as a viewer.
 * A post's delay counts from when it was due to its frame, so that a late start, here or there, counts too.
 */
import { Agent, request } from 'node:http';
import { WebSocket } from 'ws';

export interface PaceTold {
  /** What is posted, and the type of the frame that must follow. */
  readonly kind: 'message' | 'donate';
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
  | {
      readonly kind: 'done';
      /** Without those of the warm-up. */
      readonly delaysMs: readonly number[];
      /** Posts of all, those of the warm-up too. */
      readonly posted: number;
      readonly lost: number;
      readonly doubled: number;
    }
  | { readonly kind: 'failed'; readonly why: string };

const TICK_MS = 1;
const LAST_FRAME_MS = 10_000;
/** After the last frame, one that comes a second time would come soon. */
const SECOND_FRAME_MS = 200;
const agent = new Agent({ keepAlive: true, maxSockets: 64 });

const bodies = {
  message: { path: '/chat/message/add', body: (text: string) => ({ message: text, is_public: true }) },
  donate: {
    path: '/chat/donate/add',
    body: (text: string) => ({ sum: 1, message: { message: text, is_public: true } }),
  },
} as const;

process.on('disconnect', () => process.exit(0));
process.on('message', (told: PaceTold) => {
  run(told).then(tell, (error: unknown) => tell({ kind: 'failed', why: String(error) }));
});

const tell = (answer: PaceAnswered) => void process.send?.(answer);

async function run(told: PaceTold): Promise<PaceAnswered> {
  const socket = await enter(told);
  const posted = Math.floor((told.perSecond * (told.warmUpMs + told.measureMs)) / 1_000);
  const uncounted = Math.floor((told.perSecond * told.warmUpMs) / 1_000);
  const from = performance.now() + 100;
  const dueAt = (place: number) => from + (place * 1_000) / told.perSecond;
  const delays = new Map<number, number>();
  let doubled = 0;
  let failure: string | null = null;
  const fail = (why: string) => (failure ??= why);
  socket.on('close', () => fail('the gateway cut the viewer off'));
  socket.on('message', (data: Buffer) => {
    const text = data.toString('latin1');
    const place = /"due (\d+)"/.exec(text)?.[1];
    if (place === undefined || !text.includes(`"type":"${told.kind}"`)) return;
    if (delays.has(Number(place))) doubled += 1;
    else delays.set(Number(place), performance.now() - dueAt(Number(place)));
  });
  for (let place = 0; place < posted && failure === null; await pause(TICK_MS)) {
    for (; place < posted && performance.now() >= dueAt(place); place++) post(told, place, fail);
  }
  const deadline = performance.now() + LAST_FRAME_MS;
  while (failure === null && delays.size < posted && performance.now() < deadline) await pause(10);
  await pause(SECOND_FRAME_MS);
  if (failure !== null) return { kind: 'failed', why: failure };
  socket.terminate();
  const delaysMs = [...delays].filter(([place]) => place >= uncounted).map(([, delay]) => delay);
  return { kind: 'done', delaysMs, posted, lost: posted - delays.size, doubled };
}

/** Resolves once the viewer is in the room. */
function enter({ gatewayPort, owner, tokens }: PaceTold): Promise<WebSocket> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${tokens[0]}` };
    const socket = new WebSocket(`ws://127.0.0.1:${gatewayPort}/room/${owner}`, { headers });
    socket.once('error', reject);
    socket.on('message', (data: Buffer) => {
      if (data.includes('"type":"subscribed"') && data.includes('"topic":"room:')) resolve(socket);
    });
  });
}

function post({ kind, httpPort, tokens }: PaceTold, place: number, fail: (why: string) => void): void {
  const { path, body } = bodies[kind];
  const text = JSON.stringify(body(`due ${place}`));
  const headers = {
    authorization: `Bearer ${tokens[place % tokens.length]}`,
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
  };
  request({ host: '127.0.0.1', port: httpPort, path, method: 'POST', headers, agent }, (response) => {
    if (response.statusCode !== 201) fail(`the ingress answered ${response.statusCode}`);
    response.resume();
  })
    .on('error', (error) => fail(error.message))
    .end(text);
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
