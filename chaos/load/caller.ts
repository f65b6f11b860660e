import { Agent, request } from 'node:http';

export interface Answer {
  /** 0 where none came. */
  readonly status: number;
  readonly body: Record<string, unknown>;
}

const TIMEOUT_MS = 10_000;
const MAXIMUM_CONNECTIONS = 256;

/** Calls the API over connections that are kept; never throws: a cut, a refusal and a silence of 10 s are no answer. */
export class Caller {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: MAXIMUM_CONNECTIONS });
  readonly #url: URL;

  constructor(httpUrl: string) {
    this.#url = new URL(httpUrl);
  }

  post(path: string, token: string, body: object, key?: string): Promise<Answer> {
    return this.#call('POST', path, token, JSON.stringify(body), key);
  }

  get(path: string, token: string): Promise<Answer> {
    return this.#call('GET', path, token, null);
  }

  #call(method: string, path: string, token: string, body: string | null, key?: string): Promise<Answer> {
    return new Promise((resolve) => {
      const none = () => resolve({ status: 0, body: {} });
      const headers = {
        authorization: `Bearer ${token}`,
        ...(body !== null && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
        ...(key !== undefined && { 'idempotency-key': key }),
      };
      const { hostname, port } = this.#url;
      const call = request({ agent: this.#agent, hostname, port, method, path, headers, timeout: TIMEOUT_MS });
      call.on('timeout', () => call.destroy());
      call.on('error', none);
      call.on('close', none);
      call.on('response', (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', none);
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body: parse(chunks) }));
      });
      call.end(body ?? undefined);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}

function parse(chunks: readonly Buffer[]): Record<string, unknown> {
  try {
    return JSON.parse(Buffer.concat(chunks).toString()) as Record<string, unknown>;
  } catch {
    return {};
  }
}
