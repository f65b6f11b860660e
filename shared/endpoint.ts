import type { Static, TSchema } from '@sinclair/typebox';
import type { EventName, Payload } from './events/catalogue.ts';
import { isUuid } from './ids.ts';
import { compile, type Fault } from './schema.ts';

/**
 * An HTTP endpoint as its context describes it: who may call it, what it takes, what becomes of it. Nothing here knows
 * the HTTP server; the ingress authenticates, limits, validates, publishes or asks, and answers.
 */
export interface Caller {
  readonly subject: string;
  readonly type: 'user' | 'client';
  /** The room that a room token speaks for; null where the token names none. */
  readonly owner: string | null;
  readonly name: string;
  /** The token's `iss`, or "". */
  readonly issuer: string;
  readonly scopes: ReadonlySet<string>;
  /** The session of a token that this product's own auth service gave. */
  readonly session?: string;
}

/** Who calls a public route; whether they are signed in makes no difference there. */
export const nobody: Caller = { subject: '', type: 'client', owner: null, name: '', issuer: '', scopes: new Set() };

/** An answer other than success: HTTP status, the contract's stable words, and what exactly is wrong where it helps. */
export class Refusal extends Error {
  readonly status: number;
  readonly faults: readonly Fault[] | undefined;

  constructor(status: number, message: string, faults?: readonly Fault[]) {
    super(message);
    this.name = 'Refusal';
    this.status = status;
    this.faults = faults;
  }
}

export const badParams = (path: string, message: string) => new Refusal(400, 'bad params', [{ path, message }]);
export const forbidden = () => new Refusal(403, 'forbidden');
export const notFound = () => new Refusal(404, 'not found');
export const keyReused = () => new Refusal(422, 'key reused');

/** A uuid as another process gave it. @throws Refusal 400 */
export function readId(path: string, text: string): string {
  if (!isUuid(text)) throw badParams(path, 'must be a uuid');
  return text;
}

/**
 * Which rate limit a call counts against. Where nobody is signed in it is counted by address; a `login` by the account
 * that it names, and by its address against `login-address` as well.
 */
export type LimitName = 'messages' | 'donations' | 'invites' | 'login' | 'requests';

/** A call after authentication and validation. */
export interface Call<B = unknown, Q = unknown, P = unknown> {
  /** The event id of a publish, or the transfer id of a booking: from the Idempotency-Key, or fresh. */
  readonly id: string;
  /** Whether the caller gave an Idempotency-Key, so that the id can come again. */
  readonly isKeyed: boolean;
  readonly caller: Caller;
  readonly body: B;
  readonly query: Q;
  readonly params: P;
  /** sha256 in hex of the canonical body; tells a repeat from another body under the same key. */
  readonly fingerprint: string;
  readonly now: Date;
  readonly from: Origin;
}

/** Where a call came from. */
export interface Origin {
  /** The caller's IP address as far as it can be trusted, an IPv6 one cut to its network. */
  readonly address: string;
  /** The request's `Host`, which names this site as its caller knows it. */
  readonly host: string;
  readonly userAgent: string;
}

/** An event to publish; its id is the call's. */
export type Publication = { [N in EventName]: { readonly name: N; readonly payload: Payload<N> } }[EventName];

interface Described {
  /** Frozen: part of every idempotency key's scope. One for all spellings and prefixes of its route. */
  readonly operation: string;
  readonly summary: string;
  readonly limit: LimitName;
  /** `public`: no token is looked at, and the caller is `nobody`. */
  readonly access: 'signed-in' | 'public';
  /** A scope that the token must have; null: any signed-in person. */
  readonly scope: string | null;
  /** Which account a call that counts as a login names, in one spelling; null where it counts by its caller alone. */
  readonly accountNamed: ((call: Call) => string) | null;
  readonly body: TSchema | null;
  readonly query: TSchema | null;
  readonly params: TSchema | null;
  /** The answers' statuses beside the usual ones, with what they mean, for the published document. */
  readonly refusals: Readonly<Record<number, string>>;
  /** The call with body, query and parameters validated. @throws Refusal 400 that names what is wrong */
  check(call: Call): Call;
}

/** Answers 201 once the broker has the event. */
export interface PublishEndpoint<Ports> extends Described {
  readonly kind: 'publish';
  /** @param call one that `check` has passed */
  prepare(call: Call, ports: Ports): Promise<Publication>;
}

/** Answers 200, or 201 where it makes something, with what a context said. */
export interface AskEndpoint<Ports> extends Described {
  readonly kind: 'ask';
  readonly status: 200 | 201;
  /** Whether it books under an Idempotency-Key: `required`, or `taken` where it has one effect without a key too. */
  readonly key: 'none' | 'taken' | 'required';
  readonly answer: TSchema;
  /** @param call one that `check` has passed */
  ask(call: Call, ports: Ports): Promise<Answered>;
}

/** `repeated`: the stored answer of an earlier call with the same key. */
export interface Answered {
  readonly body: object;
  readonly repeated?: boolean;
  readonly headers?: Readonly<Record<string, string>>;
}

export type Endpoint<Ports> = PublishEndpoint<Ports> | AskEndpoint<Ports>;

type Validated<S extends TSchema | undefined> = S extends TSchema ? Static<S> : undefined;

interface Definition<B extends TSchema | undefined, Q extends TSchema | undefined, P extends TSchema | undefined> {
  operation: string;
  summary: string;
  limit?: LimitName;
  access?: 'public';
  scope?: string;
  accountNamed?(call: Call<Validated<B>, Validated<Q>, Validated<P>>): string;
  body?: B;
  query?: Q;
  params?: P;
  refusals?: Record<number, string>;
}

/** Describes a route that publishes; `prepare` sees values of the schemas' types only. */
export function publishes<
  Ports,
  B extends TSchema | undefined = undefined,
  Q extends TSchema | undefined = undefined,
  P extends TSchema | undefined = undefined,
>(
  definition: Definition<B, Q, P> & {
    prepare(call: Call<Validated<B>, Validated<Q>, Validated<P>>, ports: Ports): Promise<Publication>;
  },
): PublishEndpoint<Ports> {
  return {
    ...described(definition),
    kind: 'publish',
    prepare: (call, ports) => definition.prepare(call as Call<Validated<B>, Validated<Q>, Validated<P>>, ports),
  };
}

/** Describes a route that asks a context and answers what it said. */
export function asks<
  Ports,
  B extends TSchema | undefined = undefined,
  Q extends TSchema | undefined = undefined,
  P extends TSchema | undefined = undefined,
>(
  definition: Definition<B, Q, P> & {
    key?: AskEndpoint<Ports>['key'];
    status?: 200 | 201;
    answer: TSchema;
    ask(call: Call<Validated<B>, Validated<Q>, Validated<P>>, ports: Ports): Promise<Answered>;
  },
): AskEndpoint<Ports> {
  return {
    ...described(definition),
    kind: 'ask',
    status: definition.status ?? 200,
    key: definition.key ?? 'none',
    answer: definition.answer,
    ask: (call, ports) => definition.ask(call as Call<Validated<B>, Validated<Q>, Validated<P>>, ports),
  };
}

type AnyDefinition = Definition<TSchema | undefined, TSchema | undefined, TSchema | undefined>;

function described(definition: AnyDefinition): Described {
  return {
    operation: definition.operation,
    summary: definition.summary,
    limit: definition.limit ?? 'requests',
    access: definition.access ?? 'signed-in',
    scope: definition.scope ?? null,
    accountNamed: (definition.accountNamed as ((call: Call) => string) | undefined) ?? null,
    body: definition.body ?? null,
    query: definition.query ?? null,
    params: definition.params ?? null,
    refusals: definition.refusals ?? {},
    check: checker(definition),
  };
}

/** Validates body, query and path parameters; a part without a schema must be empty. */
function checker(definition: AnyDefinition) {
  const parts = (['body', 'query', 'params'] as const).map((part) => {
    const schema = definition[part];
    return [part, schema ? compile(schema) : null] as const;
  });
  return (call: Call): Call => {
    const checked: Record<string, unknown> = {};
    for (const [part, validate] of parts) {
      const result = validate?.(call[part]);
      if (result && !result.ok) throw new Refusal(400, 'bad params', result.faults);
      if (!result && part !== 'params' && hasFields(call[part])) throw badParams('/', `takes no ${part}`);
      checked[part] = result?.value;
    }
    return { ...call, ...checked };
  };
}

/** A client that always sends an object sends an empty one. */
function hasFields(value: unknown): boolean {
  if (value === undefined) return false;
  return typeof value !== 'object' || value === null || Array.isArray(value) || Object.keys(value).length > 0;
}
