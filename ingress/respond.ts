import type { IncomingMessage, ServerResponse } from 'node:http';
import { Refusal } from '../shared/endpoint.ts';
import { AppError, errorText } from '../shared/errors.ts';
import type { Logger } from '../shared/logger.ts';
import { counter } from '../shared/metrics.ts';
import { visitOf } from './visit.ts';

/** Every answer the ingress gives has one of these shapes (contract.md, 2). Nothing of the inside shows in any. */

type Headers = Readonly<Record<string, string>>;

/** A refusal that also says something in headers: `Allow`, `Retry-After`, `WWW-Authenticate`. */
export class RefusalWithHeaders extends Refusal {
  readonly headers: Headers;

  constructor(status: number, message: string, headers: Headers, faults?: Refusal['faults']) {
    super(status, message, faults);
    this.headers = headers;
  }
}

export const unauthorized = () =>
  new RefusalWithHeaders(401, 'anauthorized', { 'WWW-Authenticate': 'Bearer realm="rostra"' });
export const methodNotAllowed = (allowed: readonly string[]) =>
  new RefusalWithHeaders(405, 'method not allowed', { Allow: allowed.join(', ') });
export const unavailable = () => new RefusalWithHeaders(503, 'unavailable', { 'Retry-After': '1' });

/** 201 only ever says this: the broker has the event on all in-sync replicas. */
export function sendPublished(response: ServerResponse, id: string, headers: Headers = {}): void {
  send(response, 201, `{"success":"ok","id":"${id}"}`, headers);
}

/** A read, or something done: `body` already holds `success: true`. */
export function sendAnswer(response: ServerResponse, status: 200 | 201, body: object, headers: Headers = {}): void {
  send(response, status, JSON.stringify(body), headers);
}

/** Turns whatever was thrown into the one error shape; what is not a refusal is logged here and told to nobody. */
export function sendError(response: ServerResponse, thrown: unknown, log: Logger): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const refusal = toRefusal(thrown, log);
  const headers = refusal instanceof RefusalWithHeaders ? refusal.headers : {};
  send(response, refusal.status, errorBody(refusal), headers);
}

function toRefusal(thrown: unknown, log: Logger): Refusal {
  if (thrown instanceof Refusal) return thrown;
  if (thrown instanceof AppError && thrown.retriable) {
    noteUnavailable(thrown, log);
    return unavailable();
  }
  log.error({ err: thrown }, 'a request failed');
  return new Refusal(500, 'internal error');
}

const UNAVAILABLE_LINE_MS = 1_000;
const unavailableCalls = counter('rostra_unavailable_total', 'Calls answered 503: something they need is out of reach');
/** Calls answered 503 since the last line that said so, and when that was, ms. */
const unsaid = { calls: 0, lineMs: -Infinity };

/** While a broker is away every call ends here, for one reason: a line a second tells it, with their number. */
function noteUnavailable({ code, message, cause }: AppError, log: Logger): void {
  unavailableCalls.inc();
  unsaid.calls++;
  const nowMs = performance.now();
  if (nowMs - unsaid.lineMs < UNAVAILABLE_LINE_MS) return;
  const reason = cause === undefined ? message : `${message}: ${errorText(cause)}`;
  log.warn({ code, reason, calls: unsaid.calls }, 'unavailable');
  Object.assign(unsaid, { calls: 0, lineMs: nowMs });
}

/** The error shape as text, also for what fails before there is a request (server.ts). */
export function errorBody({ message, faults }: Pick<Refusal, 'message' | 'faults'>): string {
  return JSON.stringify({ success: 'false', message, ...(faults && { errors: faults }) });
}

function send(response: ServerResponse, status: number, text: string, headers: Headers): void {
  const visit = visitOf(response);
  const all = [...visit.headers, 'Content-Type', 'application/json; charset=utf-8'];
  if (!('Cache-Control' in headers)) all.push('Cache-Control', 'no-store');
  for (const name in headers) all.push(name, headers[name] as string);
  all.push('Content-Length', String(Buffer.byteLength(text)));
  visit.headers = [];
  response.writeHead(status, all);
  response.end(text);
}

/** The value of a header that must stand at most once; null where it stands twice. @param name in lower case */
export function singleHeader({ rawHeaders }: IncomingMessage, name: string): string | undefined | null {
  let value: string | undefined;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const one = rawHeaders[at] as string;
    if (one.length !== name.length || one.toLowerCase() !== name) continue;
    if (value !== undefined) return null;
    value = rawHeaders[at + 1];
  }
  return value;
}
