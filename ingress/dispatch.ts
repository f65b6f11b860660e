import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../shared/clock.ts';
import { type Answered, badParams, type Call, type Caller, nobody, type Origin, Refusal } from '../shared/endpoint.ts';
import { AppError } from '../shared/errors.ts';
import { encodeEvent } from '../shared/event.ts';
import type { TokenVerifier } from '../shared/jwt.ts';
import type { Publisher } from '../shared/publisher.ts';
import { withTrace } from '../shared/trace.ts';
import { type AddressOf, limitKeyOf } from './address.ts';
import { authenticate, requireScope } from './authenticate.ts';
import { callId, fingerprintOf, readKey } from './idempotency.ts';
import { withinDeadline } from './deadline.ts';
import type { Claim, Gate, Passage } from './rate-limit.ts';
import { claimOf, counted, passageHeaders, passGate } from './passage.ts';
import { sendAnswer, sendPublished } from './respond.ts';
import type { BoundAsk, BoundEndpoint, BoundPublish } from './bound.ts';
import { hasBody, readJsonBody, readQuery } from './validate.ts';
import { type Visit, visitOf } from './visit.ts';

/** What every endpoint is run with. */
export interface DispatchOptions {
  readonly verifier: TokenVerifier;
  readonly gate: Gate;
  /** Resolves once the broker has the record on all in-sync replicas. @throws AppError retriable: it may or may not have it */
  readonly publisher: Pick<Publisher, 'publish' | 'refusal'>;
  readonly addressOf: AddressOf;
  readonly clock: Clock;
}

export type Handle = (
  request: IncomingMessage,
  response: ServerResponse,
  params: Readonly<Record<string, string | string[]>>,
) => Promise<void>;

const SOURCE = '/ingress';
/** All that one call may wait for others, its own slow body aside: a 503 comes within 5.5 s (contract.md, 2). */
const BUDGET_MS = 4_800;

/**
 * One endpoint behind HTTP, in the one order that all share: authenticate → shed → parse → validate → limit and claim the
 * key → prepare or ask → publish → answer. Every refusal counts against a limit, a shed call against none; and none but an
 * accepted call keeps a key.
 */
export function createHandle(endpoint: BoundEndpoint, options: DispatchOptions): Handle {
  return async (request, response, params) => {
    const visit = visitOf(response);
    const startedMs = performance.now();
    const from = originOf(request, options);
    const caller = await callerOf(endpoint, request, from, options);
    visit.subject = caller.subject || null;
    if (endpoint.kind === 'publish') shed(options);
    const leftMs = BUDGET_MS - (performance.now() - startedMs);
    const who = caller.subject || from.address;
    const call = await counted(who, options.gate, () =>
      readCall(endpoint, request, { params, caller, from, now: options.clock.now() }),
    );
    const endsMs = performance.now() + leftMs;
    const claim = claimOf(endpoint, call);
    const passage = await passGate(endpoint, call, { who, claim, gate: options.gate });
    const headers = passageHeaders(passage);
    if (endpoint.kind === 'ask') {
      const answered = await withTrace(visit, () => askOnce({ endpoint, call, claim }, passage, options.gate));
      return sendAsked(endpoint, answered, response, headers);
    }
    await publishOnce({ endpoint, call, claim, visit, endsMs }, passage, options);
    sendPublished(
      response,
      call.id,
      passage.verdict === 'repeat' ? { ...headers, 'Idempotency-Hit': 'true' } : headers,
    );
  };
}

/** While the broker takes nothing, those who come again and again cost next to nothing. @throws AppError retriable */
function shed({ publisher }: DispatchOptions): void {
  const refusal = publisher.refusal();
  if (refusal) throw refusal;
}

function originOf(request: IncomingMessage, { addressOf }: DispatchOptions): Origin {
  const { host = '', 'user-agent': userAgent = '' } = request.headers;
  return { address: limitKeyOf(addressOf(request)), host, userAgent };
}

async function callerOf(
  endpoint: BoundEndpoint,
  request: IncomingMessage,
  { address }: Origin,
  { verifier, gate }: DispatchOptions,
): Promise<Caller> {
  if (endpoint.access === 'public') return nobody;
  return counted(address, gate, () => authenticate(request, verifier));
}

type Known = Pick<Call, 'caller' | 'from' | 'now'> & { readonly params: Readonly<Record<string, string | string[]>> };

async function readCall(endpoint: BoundEndpoint, request: IncomingMessage, known: Known): Promise<Call> {
  const { caller } = known;
  requireScope(caller, endpoint.scope);
  const key = request.method === 'POST' ? readKey(request) : null;
  if (endpoint.kind === 'ask' && endpoint.key === 'required' && key === null) {
    throw badParams('/Idempotency-Key', 'is required here');
  }
  const query = readQuery(request.url ?? '');
  const body = endpoint.body || hasBody(request) ? await readJsonBody(request) : undefined;
  const id = callId(caller, endpoint.operation, key);
  const call = endpoint.check({ ...known, id, isKeyed: key !== null, body, query, fingerprint: '' });
  // Without a key nobody can ever come again with this id, so there is nothing to compare.
  if (endpoint.kind === 'publish' && key === null) return call;
  // A room token says for which room an event is: under one key, that must not become another.
  const room = endpoint.kind === 'publish' ? caller.owner : null;
  return { ...call, fingerprint: fingerprintOf(call.body, call.params, room) };
}

interface Publishing {
  readonly endpoint: BoundPublish;
  readonly call: Call;
  /** Null without a key. */
  readonly claim: Claim | null;
  readonly visit: Visit;
  /** When the call's budget ends, on the clock of `performance.now()`. */
  readonly endsMs: number;
}

/** A repeat of what the broker has is not produced again; of what it may not have, with the time of the first call. */
async function publishOnce(
  publishing: Publishing,
  { verdict, first }: Passage,
  options: DispatchOptions,
): Promise<void> {
  if (first?.isConfirmed) return;
  const { claim, call } = publishing;
  const timed = first ? { ...call, now: new Date(first.atMs) } : call;
  try {
    await publish({ ...publishing, call: timed }, options);
  } catch (thrown) {
    // Refused, so without effect: the key is free again. A 503 keeps it, since the broker may have the event.
    if (thrown instanceof Refusal && claim && verdict === 'fresh') await options.gate.release(claim);
    throw thrown;
  }
  // Nobody waits for it: where it is lost, a repeat is produced again, and who hears it knows the id.
  if (claim) void options.gate.confirm({ ...claim, atMs: timed.now.getTime() });
}

async function publish(
  { endpoint, call, claim, visit, endsMs }: Publishing,
  { publisher }: DispatchOptions,
): Promise<void> {
  const publication = await withinDeadline(endpoint.prepare(call), endsMs - performance.now(), outOfTime);
  const record = encodeEvent({
    ...publication,
    id: call.id,
    source: SOURCE,
    time: call.now,
    traceparent: visit.traceparent,
    fingerprint: claim?.fingerprint,
  });
  await publisher.publish(record, { deadlineMs: endsMs - performance.now() });
}

const outOfTime = () => new AppError('unavailable', 'a question took all of the time', { retriable: true });

/** The context itself knows a key that it has booked under; what it refused keeps none. */
async function askOnce(
  { endpoint, call, claim }: { readonly endpoint: BoundAsk; readonly call: Call; readonly claim: Claim | null },
  { verdict }: Passage,
  gate: Gate,
): Promise<Answered> {
  try {
    return await endpoint.ask(call);
  } catch (thrown) {
    if (thrown instanceof Refusal && claim && verdict === 'fresh') await gate.release(claim);
    throw thrown;
  }
}

function sendAsked(
  endpoint: BoundAsk,
  { body, repeated, headers: own }: Answered,
  response: ServerResponse,
  headers: Record<string, string>,
): void {
  sendAnswer(response, endpoint.status, body, {
    ...headers,
    ...own,
    ...(repeated && { 'Idempotency-Hit': 'true' }),
  });
}
