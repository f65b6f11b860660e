import { mkdir } from 'node:fs/promises';
import { Redis } from 'ioredis';
import { choosePort } from './ports.ts';
import { createServerPart, type Part } from './server.ts';

/** Starts Redis in the directory on a free port; resolves once it answers. */
export async function startRedis(directory: string, executable: string): Promise<{ part: Part; url: string }> {
  const dataDirectory = `${directory}/redis`;
  await mkdir(dataDirectory, { recursive: true });
  const port = await choosePort();
  const part = createServerPart({
    name: 'redis',
    command: executable,
    args: serverArguments(port, dataDirectory),
    port,
    directory,
    readyTimeoutMs: 20_000,
    isAnswering: () => ping(port),
  });
  await part.start();
  return { part, url: `redis://127.0.0.1:${port}` };
}

function serverArguments(port: number, dataDirectory: string): string[] {
  return [
    ...['--port', String(port), '--bind', '127.0.0.1', '--dir', dataDirectory],
    // BullMQ's jobs must outlive a killed server and must never be evicted.
    ...['--appendonly', 'yes', '--appendfsync', 'everysec', '--save', '', '--maxmemory-policy', 'noeviction'],
  ];
}

async function ping(port: number): Promise<boolean> {
  const redis = new Redis({ host: '127.0.0.1', port, lazyConnect: true, retryStrategy: () => null });
  redis.on('error', () => {
    // Not up yet: the caller asks again.
  });
  try {
    await redis.connect();
    return (await redis.ping()) === 'PONG';
  } finally {
    redis.disconnect();
  }
}
