/** Where the product is reached from outside, as its published documents say it. Pure. */
export interface PublicAddresses {
  readonly port: number;
  readonly wsPort: number;
  /** The gateway's public address, where it isn't the asked host with `wsPort`. */
  readonly wsUrl: string | null;
  /** The `Host` of the request that the document answers; null in a document that is a file. */
  readonly host: string | null;
}

/** What `docs/generated` says: the defaults of the variables. */
export const defaultAddresses: PublicAddresses = { port: 3000, wsPort: 3001, wsUrl: null, host: null };

/** `servers` of OpenAPI. The relative ones come first: they hold behind TLS and prefixes of which only the asker knows. */
export function httpServers({ host, port }: PublicAddresses): object[] {
  return [
    { url: '/', description: 'The root' },
    { url: '/api', description: "The API gateway's prefix; every route answers there alike" },
    {
      url: `{scheme}://${readHost(host)?.host ?? `localhost:${port}`}`,
      description: 'The root, for a copy of this document',
      variables: { scheme: { enum: ['http', 'https'], default: 'http' } },
    },
  ];
}

/** The gateway among the `servers` of AsyncAPI. */
export function gatewayServer({ host, wsPort, wsUrl }: PublicAddresses): object {
  const description =
    'The gateway. Token: `Sec-WebSocket-Protocol: bearer, <JWT>`, or `Authorization`, or `?token=`. `wss` where TLS ' +
    'ends in front of it.';
  if (wsUrl === null) {
    return { host: `${readHost(host)?.hostname ?? 'localhost'}:${wsPort}`, protocol: 'ws', description };
  }
  const url = new URL(wsUrl);
  const pathname = url.pathname.replace(/\/(?:ws)?$/, '');
  return { host: url.host, protocol: url.protocol.slice(0, -1), ...(pathname && { pathname }), description };
}

/** A `Host` header that can be nothing but a host, with its port where it has one; else null. */
function readHost(header: string | null): { host: string; hostname: string } | null {
  if (header === null) return null;
  const hostname = /^([a-z0-9.-]{1,253}|\[[0-9a-f:.]{2,45}\])(?::[0-9]{1,5})?$/i.exec(header)?.[1];
  return hostname === undefined ? null : { host: header, hostname };
}
