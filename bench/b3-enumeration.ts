import { setTimeout as sleep } from 'node:timers/promises';
import { median } from './support/numbers.ts';
import { alternate, atMost, type Bench, type Figure, type Outcome } from './support/figure.ts';
import { openNamespace, RATE_LIMITS_OFF } from './support/namespace.ts';

/** Whether the time of an answer tells who has an account (reliability.md, d, row 54). */
export const enumeration: Figure = { id: 'B3', title: 'Telling who has an account by the time of an answer', run };

const TRIES = 40;
const TRY_EVERY_MS = 250;
const PHONES = { known: '+12015550001', unknown: '+12015550002' } as const;
const KINDS = ['known', 'unknown'] as const;
type Kind = (typeof KINDS)[number];

interface Question {
  readonly what: string;
  readonly path: string;
  readonly status: number;
  body(phone: string): object;
}

const questions: readonly Question[] = [
  { what: 'a login', path: '/login', status: 401, body: (phone) => ({ phone, password: 'none of theirs' }) },
  { what: 'a lost password', path: '/password/reset', status: 200, body: (phone) => ({ phone }) },
];

async function run(bench: Bench): Promise<Outcome> {
  const tries = bench.quick ? 10 : 500;
  const namespace = await openNamespace(await bench.stack());
  try {
    const fleet = await namespace.start(['people', 'ingress'], RATE_LIMITS_OFF);
    const port = fleet.processes.find(({ name }) => name === 'ingress')?.port ?? 0;
    const ask = (path: string, body: object) => postTimed(`http://127.0.0.1:${port}${path}`, body);
    await makeKnown(ask);
    const measures = [];
    for (const { what, path, status, body } of questions) {
      for (const kind of KINDS) await ask(path, body(PHONES[kind]));
      const differences: number[] = [];
      for (let round = 0; round < bench.rounds; round++) {
        const times = await alternate(tries, KINDS, async (kind: Kind) => {
          const answer = await ask(path, body(PHONES[kind]));
          if (answer.status !== status) throw new Error(`${path} answered ${answer.status}`);
          return answer.ms;
        });
        const [known = 0, unknown = 0] = KINDS.map((kind) => median(times.get(kind) ?? []));
        bench.log(`${what}: ${known.toFixed(2)} ms for one with an account, ${unknown.toFixed(2)} ms for one without`);
        differences.push(Math.abs(known - unknown));
      }
      measures.push({ what: `${what}: medians apart by`, unit: 'ms', ours: differences, peers: [], limit: atMost(5) });
    }
    return { measures, skipped: [], notes: [`${tries} tries each, in turn, one at a time; both get the same answer`] };
  } finally {
    await namespace.close();
  }
}

/** Processes that have just started may not have found each other: a client comes again. */
async function makeKnown(ask: (path: string, body: object) => Promise<{ status: number }>): Promise<void> {
  const wanted = { phone: PHONES.known, password: 'a long enough word', email: 'ann@example.com' };
  let { status } = await ask('/register', wanted);
  for (let tries = 1; tries < TRIES && status === 503; tries++) {
    await sleep(TRY_EVERY_MS);
    // 409: a try that was given up as too late has made it after all.
    ({ status } = await ask('/register', wanted));
  }
  if (status !== 201 && status !== 409) throw new Error(`/register answered ${status}`);
}

async function postTimed(url: string, body: object): Promise<{ status: number; ms: number; text: string }> {
  const startedMs = performance.now();
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  return { status: response.status, ms: performance.now() - startedMs, text };
}
