import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { choosePort } from '../scripts/stack/ports.ts';
import { run, timed } from '../scripts/stack/run.ts';
import { createServerPart, type Part } from '../scripts/stack/server.ts';
import type { Link, Proxy, Toxic } from './proxy.ts';

const version = '2.12.0';
const cache = resolve(import.meta.dirname, '../.stack/cache');
const program = `${cache}/toxiproxy-${version}`;
const buildTimeoutMs = 240_000;
const callTimeoutMs = 30_000;

export interface LinkOptions {
  /** In letters, digits and hyphens. */
  readonly name: string;
  /** Where it is entered, on 127.0.0.1. */
  readonly port: number;
  /** Where it leads, on 127.0.0.1; nobody need listen there yet. */
  readonly upstreamPort: number;
}

/** Whether the program is there, from an earlier start on this checkout. */
export function isBuilt(): boolean {
  return existsSync(program);
}

/**
 * Starts toxiproxy, which it builds the first time, with these links open; its log and pid file lie in the directory.
 * Throws where Go is missing, or a link's port is taken, and leaves nothing running then.
 */
export async function startProxy(
  directory: string,
  links: readonly LinkOptions[],
  log: (line: string) => void,
): Promise<Proxy> {
  const command = await install(log);
  await mkdir(directory, { recursive: true });
  const port = await choosePort();
  const call = createCall(port);
  const part = createServerPart({
    name: 'toxiproxy',
    command,
    args: ['-host', '127.0.0.1', '-port', String(port)],
    ...{ port, directory: resolve(directory), readyTimeoutMs: 10_000 },
    isAnswering: async () => (await call('GET', '/version')) === 200,
  });
  try {
    await part.start();
    return await openLinks(links, call, part);
  } catch (error) {
    await part.stop();
    throw error;
  }
}

async function openLinks(options: readonly LinkOptions[], call: Call, part: Part): Promise<Proxy> {
  for (const { name, port, upstreamPort } of options) {
    await call('POST', '/proxies', { name, listen: `127.0.0.1:${port}`, upstream: `127.0.0.1:${upstreamPort}` });
  }
  const links = options.map((link) => createLink(link, call));
  return {
    links,
    link(name) {
      const link = links.find((one) => one.name === name);
      if (!link) throw new Error(`no link is called ${name}: there are ${links.map((one) => one.name).join(', ')}`);
      return link;
    },
    stop: () => part.stop(),
  };
}

function createLink({ name, port }: LinkOptions, call: Call): Link {
  const path = `/proxies/${encodeURIComponent(name)}`;
  let toxics = 0;
  return {
    name,
    port,
    async cut() {
      await call('PATCH', path, { enabled: false });
    },
    async mend() {
      await call('PATCH', path, { enabled: true });
    },
    async spoil(toxic) {
      toxics += 1;
      const toxicName = `${toxic.type}-${toxics}`;
      await call('POST', `${path}/toxics`, { ...toxic, name: toxicName });
      return async () => {
        await call('DELETE', `${path}/toxics/${toxicName}`);
      };
    },
  };
}

/** @returns the status: a success, or 404 for what is to be deleted and has gone already */
type Call = (method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, body?: CallBody) => Promise<number>;

type CallBody =
  | { readonly name: string; readonly listen: string; readonly upstream: string }
  | { readonly enabled: boolean }
  | (Toxic & { readonly name: string });

function createCall(port: number): Call {
  return async (method, path, body) => {
    const what = `toxiproxy: ${method} ${path}${body ? ` ${JSON.stringify(body)}` : ''}`;
    let status: number;
    let text: string;
    try {
      const response = await fetch(`http://127.0.0.1:${port}${path}`, {
        method,
        signal: AbortSignal.timeout(callTimeoutMs),
        ...(body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
      });
      ({ status } = response);
      text = await response.text();
    } catch (error) {
      throw new Error(`${what} had no answer: ${String(error)}`, { cause: error });
    }
    const isGone = method === 'DELETE' && status === 404;
    if (status >= 300 && !isGone) throw new Error(`${what} was answered ${status}: ${text.trim()}`);
    return status;
  };
}

/** Through a folder of its own and a rename, so that a killed or simultaneous run leaves no half a program. */
async function install(log: (line: string) => void): Promise<string> {
  if (isBuilt()) return program;
  await mkdir(cache, { recursive: true });
  const work = await mkdtemp(`${cache}/toxiproxy-build-`);
  try {
    const source = `github.com/Shopify/toxiproxy/v2/cmd/server@v${version}`;
    await timed(`toxiproxy ${version} by Go`, log, () =>
      run(['go', 'install', source], { env: { GOBIN: work }, timeout: buildTimeoutMs }),
    );
    await rename(`${work}/server`, program);
  } catch (error) {
    const how = 'It needs Go 1.23 or later (https://go.dev/dl) on PATH.';
    throw new Error(`toxiproxy ${version} was not built. ${how}\n${String(error)}`, { cause: error });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return program;
}
