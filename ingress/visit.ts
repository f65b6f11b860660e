import type { IncomingMessage, ServerResponse } from 'node:http';
import { freshId } from '../shared/ids.ts';
import type { Logger } from '../shared/logger.ts';
import { counter, histogram } from '../shared/metrics.ts';
import { randomView } from '../shared/random.ts';

/** What is noted of one request while it is answered, and written down once when it has ended. */
export interface Visit {
  readonly requestId: string;
  /** W3C Trace Context: the caller's, where it is valid, else one that begins here. */
  readonly traceparent: string;
  /** The route's pattern, never the path itself: metrics have a bounded number of labels. */
  route: string;
  subject: string | null;
  /** What its answer bears and nobody has set yet, names and values in turn. */
  headers: readonly string[];
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

const VISIT = Symbol('visit');
type Visited = ServerResponse & { [VISIT]?: Visit };

export interface VisitOptions {
  readonly log: Logger;
  /** What every answer bears, names and values in turn. */
  readonly headers: readonly string[];
}

/** Begins a request: gives it its ids, answers them, and logs one line when it has ended. */
export function beginVisit(request: IncomingMessage, response: ServerResponse, options: VisitOptions): void {
  const startedMs = performance.now();
  const requestId = matching(request.headers['x-request-id'], REQUEST_ID) ?? freshId();
  const visit: Visit = {
    requestId,
    traceparent: matching(request.headers['traceparent'], TRACEPARENT) ?? freshTraceparent(),
    route: 'none',
    subject: null,
    headers: [...options.headers, 'X-Request-Id', requestId],
  };
  (response as Visited)[VISIT] = visit;
  response.once('close', () => endVisit(request, response, visit, startedMs, options.log));
}

/** Sets what `headers` holds, for whoever answers without knowing of it. */
export function setHeaders(response: ServerResponse): void {
  const visit = visitOf(response);
  for (let at = 0; at < visit.headers.length; at += 2)
    response.setHeader(visit.headers[at] as string, visit.headers[at + 1] as string);
  visit.headers = [];
}

export function visitOf(response: ServerResponse): Visit {
  const visit = (response as Visited)[VISIT];
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
  count(knownMethod(method), visit.route, status, ms / 1_000);
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

/** prom-client looks a set of labels up by a text that it makes of them; their number is bounded, so they are kept. */
const counted = new Map<string, { inc(): void }>();
const measured = new Map<string, { observe(seconds: number): void }>();

function count(method: string, route: string, status: number, seconds: number): void {
  const key = `${status} ${method} ${route}`;
  let one = counted.get(key);
  if (!one) counted.set(key, (one = requests.labels({ method, route, status: String(status) })));
  one.inc();
  let duration = measured.get(route);
  if (!duration) measured.set(route, (duration = durations.labels({ route })));
  duration.observe(seconds);
}

/** What of a query may lie in a log: nothing that opens anything, or says who somebody is or whom they look for. */
const LOGGED_PARAMETERS = new Set(['owner_id', 'window', 'limit', 'after']);

/** The address with the names of its parameters, and the values of few. */
export function loggedUrl(url: string): string {
  const shown = url.replaceAll(/([?&])([^=&]*)=[^&]*/g, (all, mark: string, name: string) =>
    LOGGED_PARAMETERS.has(name) ? all : `${mark}${name}=[redacted]`,
  );
  return shown.slice(0, LOGGED_URL_CHARACTERS);
}

function knownMethod(method: string): string {
  return ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'].includes(method) ? method : 'other';
}

function matching(value: string | string[] | undefined, pattern: RegExp): string | null {
  return typeof value === 'string' && pattern.test(value) ? value : null;
}

function freshTraceparent(): string {
  const random = randomView(24).toString('hex');
  return `00-${random.slice(0, 32)}-${random.slice(32)}-01`;
}
