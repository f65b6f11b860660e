import { Type } from '@sinclair/typebox';
import type { DeadLetter } from '../shared/dead-letters.ts';
import { asks, notFound } from '../shared/endpoint.ts';
import { closed, Timestamp } from '../shared/schema.ts';

/** What an operator may ask and do (scope `ops`); for everybody else these routes do not exist. */
export interface OperationsPorts {
  /** Every dependency with "ok" or what is wrong with it. */
  readiness(): Promise<{ ready: boolean; checks: Record<string, string> }>;
  /** Records that each consumer group has not yet committed; null where the broker doesn't say. */
  lag(): Promise<Record<string, number | null>>;
  /** The newest first. */
  deadLetters(limit: number): Promise<readonly DeadLetter[]>;
  /** Gives a record back to the group that set it aside; false where there is no such letter. */
  retry(id: string): Promise<boolean>;
}

/** GET /ops/status: is the product keeping up? */
export const getStatus = asks<OperationsPorts>({
  operation: 'ops.status',
  summary: 'Whether the ingress is ready, and how many records each consumer group is behind.',
  scope: 'ops',
  answer: Type.Object({
    success: Type.Literal(true),
    ready: Type.Boolean(),
    checks: Type.Record(Type.String(), Type.String()),
    lag: Type.Record(Type.String(), Type.Union([Type.Integer(), Type.Null()])),
  }),
  async ask(_call, { readiness, lag }) {
    const [report, behind] = await Promise.all([readiness(), lag()]);
    return { body: { success: true, ...report, lag: behind } };
  },
});

const LettersQuery = closed({
  limit: Type.Optional(Type.String({ pattern: '^([1-9][0-9]?|100)$', description: '1 to 100; 50 unless given.' })),
});

const Letter = Type.Object({
  id: Type.String(),
  group: Type.String(),
  listener: Type.String(),
  reason: Type.String(),
  tries: Type.Integer(),
  set_aside_at: Timestamp,
  retried_at: Type.Union([Timestamp, Type.Null()]),
  event: Type.Union([Type.String(), Type.Null()]),
  event_id: Type.Union([Type.String(), Type.Null()]),
  source: Type.Object({ topic: Type.String(), partition: Type.Integer(), offset: Type.String() }),
});

/** GET /ops/dead-letters: what was set aside, and why; never what people wrote in it. */
export const getDeadLetters = asks<OperationsPorts, undefined, typeof LettersQuery>({
  operation: 'ops.dead-letters',
  summary: 'The newest records that consumer groups have set aside.',
  scope: 'ops',
  query: LettersQuery,
  answer: Type.Object({ success: Type.Literal(true), dead_letters: Type.Array(Letter) }),
  async ask({ query }, { deadLetters }) {
    const letters = await deadLetters(Number(query.limit ?? 50));
    return { body: { success: true, dead_letters: letters.map(shown) } };
  },
});

const LetterParams = closed({
  id: Type.String({ pattern: '^[0-9]{1,6}-[0-9]{1,18}$', description: '`partition-offset`.' }),
});

/** POST /ops/dead-letters/:id/retry: the same event with the same id, for that group alone. */
export const retryDeadLetter = asks<OperationsPorts, undefined, undefined, typeof LetterParams>({
  operation: 'ops.dead-letter.retry',
  summary: 'Gives a record back to the group that set it aside; harmless when repeated.',
  scope: 'ops',
  params: LetterParams,
  refusals: { 404: 'not found: no such dead letter' },
  answer: Type.Object({ success: Type.Literal(true) }),
  async ask({ params }, { retry }) {
    if (!(await retry(params.id))) throw notFound();
    return { body: { success: true } };
  },
});

function shown({ setAsideAt, retriedAt, eventId, source, ...letter }: DeadLetter) {
  const { id, group, listener, reason, tries, event } = letter;
  const { topic, partition, offset } = source;
  return {
    ...{ id, group, listener, reason, tries, event },
    ...{ set_aside_at: setAsideAt, retried_at: retriedAt, event_id: eventId },
    source: { topic, partition, offset: String(offset) },
  };
}
