import { Router } from 'express';
import swaggerUi from 'swagger-ui-express';
import { events } from '../shared/events/catalogue.ts';
import { topicOnBroker, topics } from '../shared/topics.ts';
import { buildAsyncApi } from './asyncapi.ts';
import { buildOpenApi } from './openapi.ts';
import { routes } from './routes.ts';

/** Swagger's page styles itself inline; what it loads is ours, and it asks only the host that it came from. */
const DOCS_POLICY =
  "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'";

/** The API's own description: /openapi.json, /asyncapi.json, and a page to read and try it at /docs, without network. */
export function createDocuments(namespace: string): Router {
  const router = Router({ strict: true, caseSensitive: true });
  const openApi = JSON.stringify(buildOpenApi(routes));
  const asyncApi = JSON.stringify(buildAsyncApi({ events, topics, namespace, nameOnBroker: topicOnBroker }));
  for (const [path, text] of [
    ['/openapi.json', openApi],
    ['/asyncapi.json', asyncApi],
  ] as const) {
    router.get(path, (_request, response) => void response.type('json').set('Cache-Control', 'no-cache').end(text));
  }
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
