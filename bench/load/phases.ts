/**
 * `node bench/load/phases.ts`: posts messages at one rate after the other, each post when it is due, over connections
 * that each carry one at a time. A post for which no connection is free when it is due is not sent, and counted: so
 * nothing piles up here, and a server is offered what a crowd of so many would offer it.
 */
import { type Phase, postsIn } from '../support/phase.ts';
import { type KeptConnection, keepConnection } from './keep-alive.ts';

export type PhasesTold =
  | { readonly kind: 'open'; readonly port: number; readonly connections: number; readonly tokens: readonly string[] }
  /** The posts' texts are "due 0", "due 1" and so on, over all phases. */
  | { readonly kind: 'post'; readonly phases: readonly Phase[] }
  /** So many connections post again as soon as they have their answer. */
  | { readonly kind: 'chase'; readonly connections: number; readonly forMs: number };

export type PhasesAnswered =
  | { readonly kind: 'opened' }
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

interface Free {
  readonly connection: KeptConnection;
  /** The post whose answer it waits for. */
  place: number;
}

const free: Free[] = [];
let heads: readonly string[] = [];
let opened = 0;
let failure: string | null = null;
let answered: (one: Free, status: number) => void = () => undefined;

process.on('disconnect', () => process.exit(0));
process.on('message', (told: PhasesTold) => {
  run(told).then(tell, (error: unknown) => tell({ kind: 'failed', why: String(error) }));
});

function run(told: PhasesTold): Promise<PhasesAnswered> {
  if (told.kind === 'open') return open(told);
  return told.kind === 'chase' ? chase(told.connections, told.forMs) : post(told.phases);
}

async function open({ port, connections, tokens }: Extract<PhasesTold, { kind: 'open' }>): Promise<PhasesAnswered> {
  heads = tokens.map((token) =>
    [
      'POST /chat/message/add HTTP/1.1',
      `Host: 127.0.0.1:${port}`,
      `Authorization: Bearer ${token}`,
      'Content-Type: application/json',
      'Content-Length: ',
    ].join('\r\n'),
  );
  for (let at = 0; at < connections; at++) {
    const one: Free = {
      connection: keepConnection(port, {
        ready: () => void opened++,
        answered: (status) => answered(one, status),
        failed: (why) => (failure ??= why),
      }),
      place: -1,
    };
    free.push(one);
  }
  await until('connections never stood', () => connections - opened);
  return { kind: 'opened' };
}

function send(one: Free, place: number, text: string): void {
  one.place = place;
  const body = JSON.stringify({ message: text, is_public: true });
  one.connection.send(`${heads[place % heads.length]}${body.length}\r\n\r\n${body}`);
}

async function post(phases: readonly Phase[]): Promise<PhasesAnswered> {
  const dueMs: number[] = [];
  const statuses: number[] = [];
  let waiting = 0;
  answered = (one, status) => {
    if (!OK.has(status)) failure ??= `the ingress answered ${status}`;
    statuses[one.place] = status;
    waiting -= 1;
    free.push(one);
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
        const one = free.pop();
        if (!one) continue;
        waiting += 1;
        send(one, place, `due ${place}`);
      }
    }
    startsAt += phase.forMs;
  }
  await until('posts were never answered', () => waiting);
  return { kind: 'done', dueMs, statuses };
}

async function chase(connections: number, forMs: number): Promise<PhasesAnswered> {
  let count = 0;
  let isOver = false;
  answered = (one, status) => {
    if (status !== 201) failure ??= `the ingress answered ${status}`;
    count += 1;
    if (isOver) free.push(one);
    else send(one, count, 'as fast as it goes');
  };
  const all = free.length;
  const from = clock();
  for (const [at, one] of free.splice(0, connections).entries()) send(one, at, 'as fast as it goes');
  while (clock() < from + forMs) await pauseUnlessFailed();
  const chased: PhasesAnswered = { kind: 'chased', answered: count, seconds: (clock() - from) / 1_000 };
  isOver = true;
  await until('posts were never answered', () => all - free.length);
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
