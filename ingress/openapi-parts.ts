import type { Endpoint } from '../shared/endpoint.ts';

/** What the OpenAPI document says of every route alike: errors, headers, the token, and the routes of operations. */
type Json = Record<string, unknown>;

const header = (name: string) => ({ $ref: `#/components/headers/${name}` });

export function answerHeaders(isKeyed: boolean): Json {
  return {
    'X-Request-Id': header('RequestId'),
    'RateLimit-Limit': header('RateLimitLimit'),
    'RateLimit-Remaining': header('RateLimitRemaining'),
    'RateLimit-Reset': header('RateLimitReset'),
    ...(isKeyed && { 'Idempotency-Hit': header('IdempotencyHit') }),
  };
}

export const publishedAnswer: Json = {
  description: 'The broker has the event on all in-sync replicas',
  headers: answerHeaders(true),
  content: {
    'application/json': {
      schema: { $ref: '#/components/schemas/Published' },
      example: { success: 'ok', id: '0198c1a0-7b7e-7c3a-9d55-2f8e0c4b6a10' },
    },
  },
};

/** Every status that the machinery, or the endpoint itself, can answer; the endpoint's own words win. */
export function errorAnswers(method: string, endpoint: Endpoint<never>): Json {
  const isPublish = endpoint.kind === 'publish';
  const meanings: Record<number, string | undefined> = {
    400: 'bad params: malformed, against the schema, an unknown field, or a key of a wrong form',
    ...(endpoint.access === 'signed-in' && { 401: 'anauthorized: no token, or a bad one' }),
    ...(endpoint.scope === 'ops' && { 404: 'not found: not an operator' }),
    ...(endpoint.scope !== null && endpoint.scope !== 'ops' && { 403: `forbidden: needs the scope ${endpoint.scope}` }),
    ...(endpoint.body && {
      413: 'too large: over 64 KiB',
      415: 'unsupported media type: not JSON in UTF-8, or compressed',
    }),
    ...(method === 'POST' && isPublish && { 422: 'key reused: the same Idempotency-Key with another body' }),
    429: `too many requests: over RATE_LIMIT_${endpoint.limit.toUpperCase()}`,
    500: 'internal error: ours; nothing is told of it but X-Request-Id',
    503: isPublish
      ? 'unavailable: not confirmed, so it may or may not have been taken; repeat it with the same Idempotency-Key'
      : 'unavailable: out of reach within 5 s',
    ...endpoint.refusals,
  };
  return Object.fromEntries(
    Object.entries(meanings).map(([status, meaning = '']) => [
      status,
      errorAnswer(Number(status), meaning, faultExample(endpoint)),
    ]),
  );
}

/** A fault that this route can have: of its first field. */
function faultExample({ body, query, params }: Endpoint<never>): object {
  const [field] = [body, query, params].flatMap((part) => Object.keys((part?.['properties'] ?? {}) as object));
  return field === undefined
    ? { path: '/', message: 'takes no query' }
    : { path: `/${field}`, message: 'is not what it must be' };
}

function errorAnswer(status: number, meaning: string, fault: object): Json {
  const isRetried = status === 429 || status === 503;
  const at = meaning.indexOf(':');
  const message = at < 0 ? meaning : meaning.slice(0, at);
  return {
    description: meaning,
    headers: {
      'X-Request-Id': header('RequestId'),
      ...(isRetried && { 'Retry-After': header('RetryAfter') }),
      ...(status === 401 && { 'WWW-Authenticate': header('Authenticate') }),
    },
    content: {
      'application/json': {
        schema: { $ref: '#/components/schemas/Error' },
        example: {
          success: 'false',
          message,
          ...((status === 400 || status === 409) && { errors: [fault] }),
        },
      },
    },
  };
}

const text = (description: string, schema: Json = { type: 'string' }) => ({ description, schema });
const count = (description: string) => text(description, { type: 'integer', minimum: 0 });
const key = {
  name: 'Idempotency-Key',
  in: 'header',
  description: "The caller's own name for one intention; repeated with the same body, it has one effect, for ever.",
  schema: { type: 'string', pattern: '^[\\x21-\\x7e]{1,255}$' },
};

export const components: Json = {
  securitySchemes: {
    bearer: {
      type: 'http',
      scheme: 'bearer',
      bearerFormat: 'JWT',
      description:
        'Of the site, or of this product (`POST /login`). Claims: `sub` (uuid), `type` ("user" or "client") and `exp`; optionally `owner` (makes it a room token), ' +
        '`name` and `scope` (separated by blanks).',
    },
  },
  parameters: { IdempotencyKey: key, RequiredIdempotencyKey: { ...key, required: true } },
  headers: {
    RequestId: text('Names this request in our logs; your own is kept where it is sane.'),
    RateLimitLimit: count('Calls that the window allows.'),
    RateLimitRemaining: count('Calls that it still allows.'),
    RateLimitReset: count('Seconds until it allows one more.'),
    RetryAfter: count('Seconds to wait.'),
    IdempotencyHit: text('This key was here before.', { type: 'string', enum: ['true'] }),
    Authenticate: text('The scheme to use.'),
  },
  schemas: {
    Published: {
      type: 'object',
      required: ['success', 'id'],
      properties: {
        success: { const: 'ok' },
        id: { type: 'string', format: 'uuid', description: "The event's id; frames and reads bear it." },
      },
    },
    Error: {
      type: 'object',
      required: ['success', 'message'],
      properties: {
        success: { const: 'false' },
        message: { type: 'string', description: 'Stable words.' },
        errors: {
          type: 'array',
          items: {
            type: 'object',
            required: ['path', 'message'],
            properties: { path: { type: 'string' }, message: { type: 'string' } },
          },
        },
      },
    },
  },
};

/** Routes that are of no context: for supervisors and for readers of this document. */
export const operatorsPaths: Record<string, Json> = {
  '/healthz': open('healthz', 'Alive', { 200: 'alive' }),
  '/readyz': open('readyz', 'Ready, with every dependency', { 200: 'ready', 503: 'not ready, or draining' }),
  '/metrics': open(
    'metrics',
    'Prometheus metrics, for this machine and for operators',
    { 200: 'metrics', 404: 'not found: for nobody else' },
    'text/plain',
  ),
  '/openapi.json': open('openapi', 'This document', { 200: 'OpenAPI 3.1' }),
  '/asyncapi.json': open('asyncapi', 'Events and frames', { 200: 'AsyncAPI 3.0' }),
};

function open(operationId: string, summary: string, statuses: Record<number, string>, type = 'application/json'): Json {
  const answers = Object.entries(statuses).map(([status, description]) => {
    const schema = type === 'application/json' || status !== '200' ? { type: 'object' } : { type: 'string' };
    return [status, { description, content: { [status === '200' ? type : 'application/json']: { schema } } }];
  });
  return {
    get: { operationId, summary, tags: ['Operations'], security: [{}], responses: Object.fromEntries(answers) as Json },
  };
}
