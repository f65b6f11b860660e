import { type ChildProcess, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { codeIn } from './documented-code.ts';
import type { Answer, FrameBody } from './visitor.ts';

export interface GivenToken {
  readonly token: string;
  /** Seconds. */
  readonly expires_in: number;
}

/** The client of docs/write-a-client.md, in a process of its own, called as that page calls it. */
export interface DocumentedClient {
  readonly shown: readonly FrameBody[];
  /** Every path that it has called. */
  readonly called: readonly string[];
  readonly connections: number;
  readonly tokens: number;
  post(path: string, body: object): Promise<Answer['body']>;
  stop(): Promise<void>;
}

export interface Reached {
  readonly httpUrl: string;
  readonly gatewayUrl: string;
  readonly owner: string;
  /** Asked for each token, with the number of those given before. */
  getToken(given: number): GivenToken;
}

type Told =
  | { readonly shown: FrameBody }
  | { readonly called: string }
  | { readonly connected: true }
  | { readonly wants: 'token' }
  | { readonly answers: string; readonly body: Answer['body'] };

/** Around the page's call: where its events go, where its tokens come from, and what is counted. */
const before = `
import { joinRoom } from './client.mjs';
const owner = process.env.OWNER;
let take;
const getToken = () => new Promise((resolve) => { take = resolve; process.send({ wants: 'token' }); });
process.on('message', async (said) => {
  if (said.token) take(said);
  else process.send({ answers: said.id, body: await room.post(said.path, said.body) });
});
console.log = (event) => process.send({ shown: event });
const { fetch } = globalThis;
globalThis.fetch = (url, options) => { process.send({ called: new URL(url).pathname }); return fetch(url, options); };
globalThis.WebSocket = class extends WebSocket {
  constructor(...given) { super(...given); process.send({ connected: true }); }
};
`;

export async function startDocumentedClient({
  httpUrl,
  gatewayUrl,
  owner,
  getToken,
}: Reached): Promise<DocumentedClient> {
  const [module = '', call = ''] = await codeIn('write-a-client.md', 'js');
  const folder = await mkdtemp(join(tmpdir(), 'rostra-client-'));
  await writeFile(join(folder, 'client.mjs'), module);
  const here = call.replace('http://localhost:3000', httpUrl).replace('ws://localhost:3001', gatewayUrl);
  await writeFile(join(folder, 'main.mjs'), before + here);
  const child = fork(join(folder, 'main.mjs'), { env: { PATH: process.env['PATH'], OWNER: owner }, execArgv: [] });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const stop = async () => {
    child.kill();
    await ended;
    await rm(folder, { recursive: true });
  };
  return listen(child, getToken, stop);
}

function listen(child: ChildProcess, getToken: Reached['getToken'], stop: () => Promise<void>): DocumentedClient {
  const shown: FrameBody[] = [];
  const called: string[] = [];
  const waiting = new Map<string, (body: Answer['body']) => void>();
  let [connections, tokens] = [0, 0];
  child.on('message', (told: Told) => {
    if ('shown' in told) shown.push(told.shown);
    else if ('called' in told) called.push(told.called);
    else if ('connected' in told) connections++;
    else if ('wants' in told) child.send(getToken(tokens++));
    else waiting.get(told.answers)?.(told.body);
  });
  return {
    ...{ shown, called, stop },
    get connections() {
      return connections;
    },
    get tokens() {
      return tokens;
    },
    post(path, body) {
      const id = randomUUID();
      const { promise, resolve } = Promise.withResolvers<Answer['body']>();
      waiting.set(id, resolve);
      child.send({ id, path, body });
      return promise;
    },
  };
}
