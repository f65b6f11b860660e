import { createServer, type AddressInfo, type Server } from 'node:net';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { afterEach, expect, test } from '@jest/globals';
import { claimDirectory } from '../stack/leftovers.ts';
import { choosePort } from '../stack/ports.ts';
import { chooseSettings } from './settings.ts';

const servers: Server[] = [];

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => (server.close(), once(server, 'close'))));
});

/** A port that this very test holds. */
async function takenPort(): Promise<number> {
  const server = createServer().listen(await choosePort(), '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

async function refusal(env: NodeJS.ProcessEnv): Promise<string> {
  return chooseSettings({ JWT_SECRET: 'secret', ...env }, '/nowhere').then(
    () => 'not refused',
    (error: Error) => error.message,
  );
}

test('where both ports are taken, both holders are named, and one command is free of both', async () => {
  const [port, wsPort] = [await takenPort(), await takenPort()];
  const text = await refusal({ PORT: String(port), WS_PORT: String(wsPort) });
  expect(text).toContain(`Port ${port} is taken by pid ${process.pid}`);
  expect(text).toContain(`Port ${wsPort} is taken by pid ${process.pid}`);
  const [, other, otherWs] = /PORT=(\d+) WS_PORT=(\d+) npm start$/.exec(text) ?? [];
  expect(await chooseSettings({ JWT_SECRET: 'secret', PORT: other, WS_PORT: otherWs }, '/nowhere')).toMatchObject({
    port: Number(other),
    wsPort: Number(otherWs),
  });
});

test('a folder that another one runs in is refused before any port is looked at', async () => {
  const folder = await mkdtemp(`${tmpdir()}/settings-`);
  try {
    await claimDirectory(folder);
    await expect(chooseSettings({ JWT_SECRET: 'secret' }, folder)).rejects.toThrow('runs in this folder already');
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('the command keeps the port that was given and is free', async () => {
  const [port, wsPort] = [await choosePort(), await takenPort()];
  const text = await refusal({ PORT: String(port), WS_PORT: String(wsPort) });
  expect(text).toMatch(new RegExp(`choose another: PORT=${port} WS_PORT=\\d+ npm start$`));
});
