import { AsyncLocalStorage } from 'node:async_hooks';

/**
 * Which request something is done for: carried from the ingress to the contexts by gRPC, and from there into the events
 * that they make and the lines that they log, without every function between having to hand it on.
 */
export interface Trace {
  /** Names the request in every log. */
  readonly requestId: string;
  /** W3C Trace Context. */
  readonly traceparent: string;
}

const current = new AsyncLocalStorage<Trace>();

/** Runs the work, and all that it awaits, for this request. */
export function withTrace<T>(trace: Trace, work: () => T): T {
  return current.run(trace, work);
}

/** The request that this is done for; null where it is done for none. */
export function currentTrace(): Trace | null {
  return current.getStore() ?? null;
}
