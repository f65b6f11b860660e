/** `node bench/load/posts.ts`: keep-alive connections that post one request after the other, each as soon as it can. */
import { connect, type Socket } from 'node:net';

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

const HEADERS_END = '\r\n\r\n';
const CREATED = 'HTTP/1.1 201';

let answered = 0;
let refused: string | null = null;

process.on('disconnect', () => process.exit(0));
process.on('message', (told: PostsTold) => void run(told));

async function run(told: PostsTold): Promise<void> {
  const requests = told.requests.map((text) => Buffer.from(text));
  const sockets = Array.from({ length: told.connections }, (_, at) => post(told.port, requests, at));
  await pause(told.warmUpMs);
  tell({ kind: 'warm' });
  answered = 0;
  const from = performance.now();
  await pause(told.measureMs);
  tell({ kind: 'done', answered, seconds: (performance.now() - from) / 1_000, refused });
  for (const socket of sockets) socket.destroy();
}

/** One connection; it starts at its own place among the requests, so that together they use all of them. */
function post(port: number, requests: readonly Buffer[], start: number): Socket {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true });
  let next = start * 7;
  let pending = '';
  const send = () => socket.write(requests[next++ % requests.length] ?? '');
  socket.once('connect', send);
  socket.on('data', (chunk) => {
    pending += chunk.toString('latin1');
    const end = answerEnd(pending);
    if (end < 0 || pending.length < end) return;
    if (!pending.startsWith(CREATED)) refused ??= pending.slice(0, 400);
    pending = pending.slice(end);
    answered += 1;
    send();
  });
  socket.on('error', (error) => (refused ??= error.message));
  socket.on('end', () => (refused ??= 'the server closed a connection'));
  return socket;
}

/** Where an answer ends, or -1 while its headers are not all there. */
function answerEnd(text: string): number {
  const headers = text.indexOf(HEADERS_END);
  if (headers < 0) return -1;
  const length = /\r\ncontent-length: (\d+)/i.exec(text.slice(0, headers));
  if (!length) {
    refused ??= `an answer without a length: ${text.slice(0, 200)}`;
    return text.length;
  }
  return headers + HEADERS_END.length + Number(length[1]);
}

const tell = (answer: PostsAnswered) => void process.send?.(answer);
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
