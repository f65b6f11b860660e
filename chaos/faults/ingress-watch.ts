import { Agent, request } from 'node:http';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import type { Stand } from '../fault.ts';
import { holdingsOf, quantile } from '../measure.ts';

/** Whether the ingress stays itself: answers /healthz at once, and keeps its memory, while it can confirm nothing. */

const ASK_EVERY_MS = 20;
const ASK_TIMEOUT_MS = 5_000;
const LOOK_EVERY_MS = 500;
const LONGEST_P99_MS = 100;
/** Garbage that waits for its collector included: thousands of callers come again every second. */
const MOST_GROWTH_MIB = 192;

/** Milliseconds. */
interface Watched {
  readonly answers: readonly number[];
  /** How late the thread that asks was itself: what the machine's other work takes from anybody. */
  readonly late: readonly number[];
}

export class IngressWatch {
  readonly #stand: Stand;
  /** A thread of its own: the load keeps this one busy, and would be measured instead. */
  readonly #thread: Worker;
  readonly #watched: Promise<Watched>;
  readonly #timer: NodeJS.Timeout;
  readonly #memoryBefore: number;
  #memoryMost: number;

  constructor(stand: Stand) {
    this.#stand = stand;
    this.#memoryBefore = this.#memoryMost = this.#memory();
    this.#thread = new Worker(import.meta.filename, { workerData: stand.product.httpUrl });
    this.#watched = new Promise((resolve, reject) => {
      this.#thread.once('message', resolve);
      this.#thread.once('error', reject);
    });
    this.#timer = setInterval(() => (this.#memoryMost = Math.max(this.#memoryMost, this.#memory())), LOOK_EVERY_MS);
  }

  #memory(): number {
    return Math.max(0, ...holdingsOf(this.#stand.processes('ingress')).map(({ memoryMiB }) => memoryMiB));
  }

  /** Ends the watch and states what was not as it should be. */
  async stop(row: string, what: string): Promise<void> {
    clearInterval(this.#timer);
    this.#thread.postMessage('stop');
    const { answers, late } = await this.#watched;
    const [p99, lateMs] = [quantile(answers, 0.99), quantile(late, 0.99)];
    const grown = this.#memoryMost - this.#memoryBefore;
    this.#stand.say(
      `  /healthz while ${what}: ${answers.length} answers, p50 ${Math.round(quantile(answers, 0.5))} ms, ` +
        `p99 ${Math.round(p99)} ms (an idle thread was late by ${Math.round(lateMs)} ms); the ingress grew by ${grown} MiB to ${this.#memoryMost} MiB`,
    );
    if (answers.length === 0) this.#stand.violated(`row ${row}: /healthz was never asked`);
    if (p99 >= LONGEST_P99_MS + lateMs)
      this.#stand.violated(`row ${row}: /healthz took ${Math.round(p99)} ms (p99) while ${what}`);
    if (grown > MOST_GROWTH_MIB) this.#stand.violated(`row ${row}: the ingress grew by ${grown} MiB while ${what}`);
  }
}

if (!isMainThread && parentPort) {
  const agent = new Agent({ keepAlive: true });
  const watched = { answers: new Array<number>(), late: new Array<number>() };
  let lastMs = performance.now();
  const timer = setInterval(() => {
    const nowMs = performance.now();
    watched.late.push(nowMs - lastMs - ASK_EVERY_MS);
    lastMs = nowMs;
    void ask(new URL('/healthz', String(workerData)), agent).then((ms) => watched.answers.push(ms));
  }, ASK_EVERY_MS);
  parentPort.once('message', () => {
    clearInterval(timer);
    agent.destroy();
    parentPort?.postMessage(watched);
  });
}

/** Milliseconds until the answer; the limit where none came. */
function ask(url: URL, agent: Agent): Promise<number> {
  const startedAt = performance.now();
  return new Promise((resolve) => {
    const call = request(url, { agent, timeout: ASK_TIMEOUT_MS }, (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode === 200 ? performance.now() - startedAt : ASK_TIMEOUT_MS));
    });
    call.on('timeout', () => call.destroy());
    call.on('error', () => resolve(ASK_TIMEOUT_MS));
    call.end();
  });
}
