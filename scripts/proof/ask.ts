import { sleep } from '../../shared/clock.ts';
import { errorText } from '../../shared/errors.ts';
import { type GroupName, groupOnBroker, groups } from '../../shared/groups.ts';
import type { Kafka } from '../../shared/kafka.ts';
import type { ProofAnswer, ProofQuestions } from '../../shared/proof.ts';

const POLL_MS = 200;

/** What is asked, and for how long. */
export interface Asked {
  readonly ledger: ProofQuestions;
  readonly rooms: ProofQuestions;
  readonly kafka: Kafka;
  readonly namespace: string;
  /** Only what has ended before is held against other contexts. */
  readonly before: Date;
  /** How long groups and outboxes are waited for, each time. */
  readonly waitMs: number;
}

/** The contexts' answers, or why none can be given now. */
export type Answers =
  | { readonly kind: 'answers'; readonly ledger: ProofAnswer; readonly rooms: ProofAnswer }
  | { readonly kind: 'not quiet'; readonly reasons: readonly string[] };

/**
 * Asks in the order in which money flows, while the fleet goes on. Between two questions it waits until what the first
 * could have left on the way has arrived: every group is past the end that the log had before, and the outbox has passed
 * on what stood in it. So whatever ended before `before` is in both answers. A small question comes first, so that it
 * soon fails where a context does not answer.
 */
export async function ask(asked: Asked): Promise<Answers> {
  await Promise.all([asked.ledger, asked.rooms].map((context) => context.outboxWaiting({ through: '0' })));
  const early = await untilPassed(asked);
  if (early.length > 0) return { kind: 'not quiet', reasons: early };
  const ledger = await asked.ledger.proofTotals({ before: asked.before.toISOString() });
  const { newest } = await asked.rooms.outboxWaiting({ through: '0' });
  const waiting = [
    ...(await untilRelayed(asked, 'ledger', ledger.outbox_newest)),
    ...(await untilRelayed(asked, 'rooms', newest)),
  ];
  if (waiting.length > 0) return { kind: 'not quiet', reasons: waiting };
  const late = await untilPassed(asked);
  if (late.length > 0) return { kind: 'not quiet', reasons: late };
  return { kind: 'answers', ledger, rooms: await asked.rooms.proofTotals({ before: asked.before.toISOString() }) };
}

/** Waits until every group that hears of donations has committed all that the log held when this was called. */
async function untilPassed({ kafka, namespace, waitMs }: Asked): Promise<readonly string[]> {
  const ends = await kafka.ends('donations');
  const hearing = Object.entries(groups).filter(([, { topics }]) => topics.some((topic) => topic === 'donations'));
  const behind = async () => {
    const found = await Promise.all(
      hearing.map(async ([name]) => {
        const at = await kafka.committed(groupOnBroker(namespace, name as GroupName), ['donations']);
        const left = ends.reduce((sum, { partition, high, low }) => {
          const offset = at.find((one) => one.partition === partition)?.offset ?? low;
          return sum + (offset < high ? high - offset : 0n);
        }, 0n);
        return left > 0n ? [`${name} has ${left} records of the log before it`] : [];
      }),
    );
    return found.flat();
  };
  return untilNothing(behind, waitMs);
}

async function untilRelayed(asked: Asked, context: 'ledger' | 'rooms', through: string): Promise<readonly string[]> {
  const waiting = async () => {
    const { waiting: number } = await asked[context].outboxWaiting({ through });
    return number === '0' ? [] : [`${number} events wait in the outbox of the ${context}`];
  };
  return untilNothing(waiting, asked.waitMs);
}

/** Asks until there is nothing left, or the time is over: then what was left last. */
async function untilNothing(look: () => Promise<readonly string[]>, waitMs: number): Promise<readonly string[]> {
  const deadline = Date.now() + waitMs;
  for (;;) {
    const left = await look().catch((error: unknown) => [errorText(error)]);
    if (left.length === 0 || Date.now() >= deadline) return left;
    await sleep(POLL_MS);
  }
}
