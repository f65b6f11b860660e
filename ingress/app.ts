import express, { type Express, type NextFunction, type Request, type Response, Router } from 'express';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { notFound } from '../shared/endpoint.ts';
import type { Health } from '../shared/health.ts';
import type { Logger } from '../shared/logger.ts';
import { isFromThisMachine } from './address.ts';
import { authenticate } from './authenticate.ts';
import type { BoundRoute } from './bound.ts';
import { createHandle, type DispatchOptions, type Handle } from './dispatch.ts';
import { createCors, originHeaders } from './origins.ts';
import { guardPath } from './paths.ts';
import { methodNotAllowed, sendError } from './respond.ts';
import { securityHeaders } from './security-headers.ts';
import { beginVisit, setHeaders, visitOf } from './visit.ts';

export interface AppOptions extends DispatchOptions {
  readonly routes: readonly BoundRoute[];
  readonly health: Health;
  readonly log: Logger;
  /** Gets a line for each request, of fields that hold no secret. */
  readonly accessLog: Logger;
  /** Exact origins of other sites' pages; null = the host that was asked, on any port. */
  readonly allowedOrigins: readonly string[] | null;
  /** Pages and documents: GET only, without a token. */
  readonly pages: readonly Router[];
}

export type Listener = (request: IncomingMessage, response: ServerResponse) => void;

const PREFIXES = ['', '/api'] as const;
/** What `pages` answers, by GET alone. */
const PAGE_PATHS = [
  ...['/', '/sign-in', '/people', '/settings', '/room/:owner_id', '/overlay/:owner_id', '/ops'],
  ...['/openapi.json', '/asyncapi.json', '/docs'],
];

/**
 * The whole of the ingress as a request listener, not yet listening. Publish routes, whose paths are fixed, are found by
 * one look into a table; all else goes through Express, which costs several times what such a call does
 * (docs/benchmarks.md). Both begin with the same ids, headers and origins, and run the same handles.
 */
export function createApp(options: AppOptions): Listener {
  const { log, accessLog, allowedOrigins } = options;
  const everywhere = [...securityHeaders(), ...originHeaders];
  const acrossOrigins = createCors(allowedOrigins);
  const handles = options.routes.map((route) => ({
    route,
    handle: named(route, createHandle(route.endpoint, options)),
  }));
  const direct = new Map<string, Handle>(
    handles
      .filter(({ route }) => route.endpoint.kind === 'publish')
      .flatMap(({ route, handle }) =>
        route.paths.flatMap((path) => PREFIXES.map((prefix) => [`${route.method} ${prefix}${path}`, handle] as const)),
      ),
  );
  const express = createExpress(options, handles);
  const rest = (request: IncomingMessage, response: ServerResponse) => {
    try {
      guardPath(request.url ?? '');
      setHeaders(response);
      express(request, response);
    } catch (thrown) {
      sendError(response, thrown, log);
    }
  };
  return (request, response) => {
    beginVisit(request, response, { log: accessLog, headers: everywhere });
    // A preflight is answered by a package that knows nothing of what every answer bears.
    if (request.method === 'OPTIONS') setHeaders(response);
    acrossOrigins(request, response, () => {
      const handle = direct.get(`${request.method} ${request.url}`);
      if (!handle) rest(request, response);
      else handle(request, response, {}).catch((thrown: unknown) => sendError(response, thrown, log));
    });
  };
}

/** Method → what Express calls it. */
const verbs = { GET: 'get', POST: 'post', PUT: 'put', PATCH: 'patch', DELETE: 'delete' } as const;

type Handles = readonly { readonly route: BoundRoute; readonly handle: Handle }[];

function createExpress(options: AppOptions, handles: Handles): Express {
  const app = express();
  app.disable('x-powered-by').disable('etag').set('query parser', 'simple');
  app.enable('strict routing').enable('case sensitive routing');
  const router = createRouter(options, handles);
  app.use(router).use('/api', router);
  app.use((_request: Request, response: Response) => {
    visitOf(response).route = 'none';
    throw notFound();
  });
  // Express knows an error handler by its four parameters.
  app.use((thrown: unknown, _request: Request, response: Response, _next: NextFunction) =>
    sendError(response, thrown, options.log),
  );
  return app;
}

function createRouter(options: AppOptions, handles: Handles): Router {
  const router = Router({ strict: true, caseSensitive: true });
  addHealth(router, options);
  const byPath = Map.groupBy(
    handles.flatMap(({ route, handle }) => route.paths.map((path) => ({ path, method: route.method, handle }))),
    ({ path }) => path,
  );
  // A fixed path before one with a parameter: GET /chat/donate/add is a wrong method, not the donation "add".
  const paths = [...byPath.keys()].sort((a, b) => Number(a.includes(':')) - Number(b.includes(':')));
  for (const path of paths) {
    const entries = byPath.get(path) ?? [];
    for (const { method, handle } of entries) {
      const answer = (request: Request, response: Response) => handle(request, response, request.params);
      router[verbs[method]](path, answer);
    }
    refuseOtherMethods(
      router,
      path,
      entries.map(({ method }) => method),
    );
  }
  router.use((_request, response, next) => ((visitOf(response).route = 'pages'), next()), ...options.pages);
  for (const path of PAGE_PATHS) refuseOtherMethods(router, path, ['GET']);
  return router;
}

function addHealth(router: Router, options: AppOptions): void {
  const answer = async (request: Request, response: Response) => {
    visitOf(response).route = request.path;
    await options.health.answer(request, response);
  };
  router.get(['/healthz', '/readyz'], answer);
  router.get('/metrics', async (request, response) => {
    if (!(await mayMeasure(request, options))) throw notFound();
    await answer(request, response);
  });
  for (const path of ['/healthz', '/readyz', '/metrics']) refuseOtherMethods(router, path, ['GET']);
}

/** A path that is ours answers 405 to every other method, and says which it takes. */
function refuseOtherMethods(router: Router, path: string, allowed: readonly string[]): void {
  const names = allowed.includes('GET') ? [...allowed, 'HEAD'] : [...allowed];
  router.all(path, (request, _response, next) => {
    if (names.includes(request.method)) next();
    else throw methodNotAllowed(names);
  });
}

/** Measurements are for this machine and for operators; to all others there are none. */
async function mayMeasure(request: IncomingMessage, { verifier }: AppOptions): Promise<boolean> {
  if (request.headers.authorization === undefined) return isFromThisMachine(request);
  return authenticate(request, verifier).then(
    (caller) => caller.scopes.has('ops'),
    () => false,
  );
}

function named({ paths }: BoundRoute, handle: Handle): Handle {
  const [route = 'none'] = paths;
  return (request, response, params) => {
    visitOf(response).route = route;
    return handle(request, response, params);
  };
}
