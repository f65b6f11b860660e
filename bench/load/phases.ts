/**
 * `node bench/load/phases.ts`: posts messages at one rate after the other, each post when it is due, over connections
 * that each carry one at a time and are opened when they are first needed. A post for which no connection is free, with
 * no more to be opened, is not sent, and counted: so nothing piles up here, and a server meets a crowd of that size.
 */
import { type Phase, postsIn } from '../support/phase.ts';
import { type KeptConnection, keepConnection } from './keep-alive.ts';

export type PhasesTold =
  | {
      readonly kind: 'prepare';
      readonly port: number;
      readonly connections: number;
      readonly tokens: readonly string[];
    }
  /** The posts' texts are "due 0", "due 1" and so on, over all phases. */
  | { readonly kind: 'post'; readonly phases: readonly Phase[] }
  /** So many connections post again as soon as they have their answer. */
  | { readonly kind: 'chase'; readonly connections: number; readonly forMs: number };

export type PhasesAnswered =
  | { readonly kind: 'prepared' }
  | { readonly kind: 'begun'; readonly phase: number }
  | { readonly kind: 'chased'; readonly answered: number; readonly seconds: number }
  | {
      readonly kind: 'done';
      /** By place: when the post was due on the machine's monotonic clock, ms. */
      readonly dueMs: readonly number[];
      /** By place: the answer's status; 0 where the post found no connection. */
      readonly statuses: readonly number[];
    }
  | { readonly kind: 'failed'; readonly why: string };

const TICK_MS = 1;
const LAST_ANSWER_MS = 15_000;
const OK = new Set([201, 503]);
const tell = (answer: PhasesAnswered) => void process.send?.(answer);
/** The machine's one monotonic clock, the same in every process, in ms. */
const clock = () => Number(process.hrtime.bigint()) / 1e6;
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

interface Line {
  readonly connection: KeptConnection;
  /** The post whose answer it waits for; null while it is idle. */
  place: number | null;
  idleSinceMs: number;
  isClosed: boolean;
}

/** A server ends a connection that has been idle for long, and what is sent just then is lost. */
const MOST_IDLE_MS = 10_000;

/** Idle connections, the one last used at the end. */
const idle: Line[] = [];
let open = 0;
let maximum = 0;
let port = 0;
let heads: readonly string[] = [];
let failure: string | null = null;
let answered: (line: Line, place: number, status: number) => void = () => undefined;

process.on('disconnect', () => process.exit(0));
process.on('message', (told: PhasesTold) => {
  run(told).then(tell, (error: unknown) => tell({ kind: 'failed', why: String(error) }));
});

function run(told: PhasesTold): Promise<PhasesAnswered> {
  if (told.kind === 'prepare') return prepare(told);
  return told.kind === 'chase' ? chase(told.connections, told.forMs) : post(told.phases);
}

async function prepare(told: Extract<PhasesTold, { kind: 'prepare' }>): Promise<PhasesAnswered> {
  maximum = told.connections;
  port = told.port;
  heads = told.tokens.map((token) =>
    [
      'POST /chat/message/add HTTP/1.1',
      `Host: 127.0.0.1:${port}`,
      `Authorization: Bearer ${token}`,
      'Content-Type: application/json',
      'Content-Length: ',
    ].join('\r\n'),
  );
  return { kind: 'prepared' };
}

/** A connection that is free, or a new one, or null where there are as many as there may be. */
function take(): Line | null {
  for (let line = idle.pop(); line; line = idle.pop()) {
    if (!line.isClosed && clock() - line.idleSinceMs < MOST_IDLE_MS) return line;
    close(line);
  }
  return open < maximum ? connect() : null;
}

function connect(): Line {
  open += 1;
  const connection = keepConnection(port, {
    // What is written before it stands is sent then.
    ready: () => undefined,
    answered(status) {
      const { place } = line;
      line.place = null;
      line.idleSinceMs = clock();
      if (place === null) failure ??= 'an answer came that nobody had asked for';
      else answered(line, place, status);
    },
    failed(why) {
      if (line.place !== null) failure ??= why;
      close(line);
    },
  });
  const line: Line = { connection, place: null, idleSinceMs: clock(), isClosed: false };
  return line;
}

function close(line: Line): void {
  if (line.isClosed) return;
  line.isClosed = true;
  open -= 1;
  line.connection.end();
}

function send(line: Line, place: number, text: string): void {
  line.place = place;
  const body = JSON.stringify({ message: text, is_public: true });
  line.connection.send(`${heads[place % heads.length]}${body.length}\r\n\r\n${body}`);
}

async function post(phases: readonly Phase[]): Promise<PhasesAnswered> {
  const dueMs: number[] = [];
  const statuses: number[] = [];
  let waiting = 0;
  answered = (line, place, status) => {
    if (!OK.has(status)) failure ??= `the ingress answered ${status}`;
    statuses[place] = status;
    waiting -= 1;
    idle.push(line);
  };
  let startsAt = clock() + 100;
  for (const [at, phase] of phases.entries()) {
    tell({ kind: 'begun', phase: at });
    const first = dueMs.length;
    const total = first + postsIn(phase);
    const dueAt = (place: number) => startsAt + ((place - first) * 1_000) / phase.perSecond;
    for (; dueMs.length < total; await pauseUnlessFailed()) {
      for (let place = dueMs.length; place < total && clock() >= dueAt(place); place++) {
        dueMs.push(dueAt(place));
        statuses.push(0);
        const line = take();
        if (!line) continue;
        waiting += 1;
        send(line, place, `due ${place}`);
      }
    }
    startsAt += phase.forMs;
  }
  await until('posts were never answered', () => waiting);
  return { kind: 'done', dueMs, statuses };
}

async function chase(connections: number, forMs: number): Promise<PhasesAnswered> {
  let count = 0;
  let waiting = 0;
  let isOver = false;
  const sendNext = (line: Line) => {
    waiting += 1;
    send(line, count, 'as fast as it goes');
  };
  answered = (line, _place, status) => {
    if (status !== 201) failure ??= `the ingress answered ${status}`;
    count += 1;
    waiting -= 1;
    if (isOver) idle.push(line);
    else sendNext(line);
  };
  const from = clock();
  const lines = Array.from({ length: connections }, take).filter((line) => line !== null);
  for (const line of lines) sendNext(line);
  while (clock() < from + forMs) await pauseUnlessFailed();
  const chased: PhasesAnswered = { kind: 'chased', answered: count, seconds: (clock() - from) / 1_000 };
  isOver = true;
  await until('posts were never answered', () => waiting);
  return chased;
}

/** Waits until nothing is left. @throws with how much of what is left after 15 s */
async function until(what: string, left: () => number): Promise<void> {
  const deadline = clock() + LAST_ANSWER_MS;
  while (left() > 0 && clock() < deadline) await pauseUnlessFailed();
  if (left() > 0) throw new Error(`${left()} ${what}`);
}

async function pauseUnlessFailed(): Promise<void> {
  await pause(TICK_MS);
  if (failure !== null) throw new Error(failure);
}
