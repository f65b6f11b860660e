import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { freshId } from '../shared/ids.ts';
import type { Logger } from '../shared/logger.ts';
import { counter, histogram } from '../shared/metrics.ts';

/** What is noted of one request while it is answered, and written down once when it has ended. */
export interface Visit {
  readonly requestId: string;
  /** W3C Trace Context: the caller's, where it is valid, else one that begins here. */
  readonly traceparent: string;
  /** The route's pattern, never the path itself: metrics have a bounded number of labels. */
  route: string;
  subject: string | null;
}

const REQUEST_ID = /^[A-Za-z0-9._:-]{1,64}$/;
const TRACEPARENT = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;
const PROBES = new Set(['/healthz', '/readyz', '/metrics']);
const LOGGED_URL_CHARACTERS = 300;
/** The client went away before its answer; nginx's number for it. */
const CLIENT_GONE = 499;

const requests = counter('rostra_http_requests_total', 'Requests answered', ['method', 'route', 'status']);
const durations = histogram(
  'rostra_http_request_seconds',
  'From the first byte of a request to the end of its answer',
  ['route'],
);

const visits = new WeakMap<ServerResponse, Visit>();

/** Begins a request: gives it its ids, answers them, and logs one line when it has ended. */
export function beginVisit(request: IncomingMessage, response: ServerResponse, log: Logger): void {
  const startedMs = performance.now();
  const visit: Visit = {
    requestId: matching(request.headers['x-request-id'], REQUEST_ID) ?? freshId(),
    traceparent: matching(request.headers['traceparent'], TRACEPARENT) ?? freshTraceparent(),
    route: 'none',
    subject: null,
  };
  visits.set(response, visit);
  response.setHeader('X-Request-Id', visit.requestId);
  response.once('close', () => endVisit(request, response, visit, startedMs, log));
}

export function visitOf(response: ServerResponse): Visit {
  const visit = visits.get(response);
  if (!visit) throw new Error('a request must begin with beginVisit');
  return visit;
}

function endVisit(
  request: IncomingMessage,
  response: ServerResponse,
  visit: Visit,
  startedMs: number,
  log: Logger,
): void {
  const ms = performance.now() - startedMs;
  const status = response.writableFinished ? response.statusCode : CLIENT_GONE;
  const method = request.method ?? '';
  requests.inc({ method: knownMethod(method), route: visit.route, status: String(status) });
  durations.observe({ route: visit.route }, ms / 1_000);
  // Probes come every second or so and say nothing new.
  log[PROBES.has(visit.route) ? 'debug' : 'info'](
    {
      method,
      route: visit.route,
      url: loggedUrl(request.url ?? ''),
      status,
      ms: Math.round(ms * 10) / 10,
      requestId: visit.requestId,
      sub: visit.subject,
    },
    'request',
  );
}

/** A token in a query is a secret that would otherwise lie in every log. */
export function loggedUrl(url: string): string {
  return url.replaceAll(/([?&][^=&]*token[^=&]*=)[^&]*/gi, '$1[redacted]').slice(0, LOGGED_URL_CHARACTERS);
}

function knownMethod(method: string): string {
  return ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'].includes(method) ? method : 'other';
}

function matching(value: string | string[] | undefined, pattern: RegExp): string | null {
  return typeof value === 'string' && pattern.test(value) ? value : null;
}

function freshTraceparent(): string {
  const random = randomBytes(24).toString('hex');
  return `00-${random.slice(0, 32)}-${random.slice(32)}-01`;
}
