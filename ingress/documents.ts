import { type Request, type Response, Router } from 'express';
import swaggerUi from 'swagger-ui-express';
import { events } from '../shared/events/catalogue.ts';
import { topicOnBroker, topics } from '../shared/topics.ts';
import { buildAsyncApi } from './asyncapi.ts';
import { buildOpenApi } from './openapi.ts';
import { gatewayServer, httpServers, type PublicAddresses } from './public-addresses.ts';
import { routes } from './routes.ts';

/** Swagger's page styles itself inline; what it loads is ours, and it asks only the host that it came from. */
const DOCS_POLICY =
  "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'";

export interface DocumentsOptions extends Omit<PublicAddresses, 'host'> {
  /** Prefix of topics on the broker, "" for none. */
  readonly namespace: string;
}

/**
 * The API's own description: /openapi.json, /asyncapi.json, and a page to read and try it at /docs, without network.
 * The documents name the host that was asked for them; all else in them is made once.
 */
export function createDocuments({ namespace, port, wsPort, wsUrl }: DocumentsOptions): Router {
  const router = Router({ strict: true, caseSensitive: true });
  const openApi = buildOpenApi(routes);
  const asyncApi = buildAsyncApi({ events, topics, namespace, nameOnBroker: topicOnBroker });
  const answer = (build: (addresses: PublicAddresses) => object) => (request: Request, response: Response) => {
    const document = build({ port, wsPort, wsUrl, host: request.headers.host ?? null });
    response.type('json').set('Cache-Control', 'no-cache').end(JSON.stringify(document));
  };
  router.get(
    '/openapi.json',
    answer((addresses) => ({ ...openApi, servers: httpServers(addresses) })),
  );
  router.get(
    '/asyncapi.json',
    answer((addresses) => {
      const servers = { ...(asyncApi['servers'] as object), gateway: gatewayServer(addresses) };
      return { ...asyncApi, servers };
    }),
  );
  const options = { swaggerUrl: '../openapi.json', customSiteTitle: 'Rostra: HTTP API' };
  // Relative, so that it also holds behind a prefix; the page's own files are relative to the slash.
  router.get('/docs', (_request, response) => response.redirect(308, './docs/'));
  router.use('/docs', (_request, response, next) => {
    response.setHeader('Content-Security-Policy', DOCS_POLICY);
    next();
  });
  router.use('/docs', ...swaggerUi.serveFiles(undefined, options));
  router.get('/docs/', swaggerUi.setup(undefined, options));
  return router;
}
