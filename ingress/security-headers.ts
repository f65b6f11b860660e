import helmet from 'helmet';
import type { IncomingMessage, ServerResponse } from 'node:http';

/**
 * What helmet gives every answer, names and values in turn. They are alike for all, so helmet is asked once, at the
 * start, and not with each request.
 */
export function securityHeaders(): readonly string[] {
  const secure = helmet({
    // An API answer is no document: nothing in it may load, frame or run anything. Pages bring a policy of their own.
    contentSecurityPolicy: { useDefaults: false, directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] } },
    crossOriginResourcePolicy: false,
    // Other hosts of the site are not ours to bind to TLS.
    strictTransportSecurity: { includeSubDomains: false },
  });
  const headers: string[] = [];
  const recording = { setHeader: (name: string, value: string) => headers.push(name, value), removeHeader: () => 0 };
  secure({} as IncomingMessage, recording as unknown as ServerResponse, (error) => {
    if (error) throw error;
  });
  return headers;
}
