import type { Answered, AskEndpoint, Call, Endpoint, Publication, PublishEndpoint } from '../shared/endpoint.ts';

/** An endpoint of some context with its ports in place: all that the machinery of the ingress ever sees of one. */
export type BoundPublish = Omit<PublishEndpoint<unknown>, 'prepare'> & { prepare(call: Call): Promise<Publication> };
export type BoundAsk = Omit<AskEndpoint<unknown>, 'ask'> & { ask(call: Call): Promise<Answered> };
export type BoundEndpoint = BoundPublish | BoundAsk;

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** What every spelling of one endpoint's address shares; the first path is the one that the documents name. */
export interface Route<Ports> {
  readonly method: Method;
  readonly paths: readonly [string, ...string[]];
  readonly endpoint: Endpoint<never>;
  bind(ports: Ports): BoundEndpoint;
}

export interface BoundRoute {
  readonly method: Method;
  readonly paths: readonly string[];
  readonly endpoint: BoundEndpoint;
}

export function bindEndpoint<P>(endpoint: Endpoint<P>, ports: P): BoundEndpoint {
  return endpoint.kind === 'publish'
    ? { ...endpoint, prepare: (call) => endpoint.prepare(call, ports) }
    : { ...endpoint, ask: (call) => endpoint.ask(call, ports) };
}
