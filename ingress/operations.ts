import { Type } from '@sinclair/typebox';
import { asks } from '../shared/endpoint.ts';

/** What an operator may ask and do (scope `ops`); for everybody else these routes do not exist. */
export interface OperationsPorts {
  /** Every dependency with "ok" or what is wrong with it. */
  readiness(): Promise<{ ready: boolean; checks: Record<string, string> }>;
  /** Records that each consumer group has not yet committed; null where the broker doesn't say. */
  lag(): Promise<Record<string, string | null>>;
}

/** GET /ops/status: is the product keeping up? */
export const getStatus = asks<OperationsPorts>({
  operation: 'ops.status',
  summary: 'Whether the ingress is ready, and how far each consumer group is behind.',
  scope: 'ops',
  answer: Type.Object({
    success: Type.Literal(true),
    ready: Type.Boolean(),
    checks: Type.Record(Type.String(), Type.String()),
    lag: Type.Record(Type.String(), Type.Union([Type.String(), Type.Null()])),
  }),
  async ask(_call, { readiness, lag }) {
    const [report, behind] = await Promise.all([readiness(), lag()]);
    return { body: { success: true, ...report, lag: behind } };
  },
});
