import { afterEach, expect, test } from '@jest/globals';
import { Health, serveHealth } from './health.ts';
import { testLog } from './testing/environment.ts';

const servers: { close(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

async function serve(health: Health) {
  const server = await serveHealth(health, 0, testLog);
  servers.push(server);
  return async (path: string) => {
    const response = await fetch(`http://127.0.0.1:${server.port}${path}`);
    return { status: response.status, type: response.headers.get('content-type'), text: await response.text() };
  };
}

test('a process is alive whatever it depends on, and ready only when all of that is', async () => {
  let isUp = true;
  const get = await serve(
    new Health({
      database: () => {
        if (!isUp) throw new Error('away');
      },
      redis: async () => undefined,
    }),
  );
  expect(await get('/healthz')).toMatchObject({ status: 200, text: '{"status":"alive"}' });
  expect(await get('/readyz')).toMatchObject({
    status: 200,
    text: '{"status":"ready","checks":{"database":"ok","redis":"ok"}}',
  });
  isUp = false;
  expect(await get('/readyz?x=1')).toMatchObject({
    status: 503,
    text: '{"status":"not ready","checks":{"database":"away","redis":"ok"}}',
  });
  expect((await get('/healthz')).status).toBe(200);
});

test('a draining process is not ready', async () => {
  const health = new Health({});
  const get = await serve(health);
  health.drain();
  expect(await get('/readyz')).toMatchObject({ status: 503, text: expect.stringContaining('"process":"draining"') });
});

test('a dependency that does not answer counts as away after two seconds', async () => {
  const health = new Health({ slow: () => new Promise(() => undefined), quick: () => undefined });
  expect(await health.report()).toEqual({ ready: false, checks: { slow: 'no answer in 2 s', quick: 'ok' } });
});

test('metrics are in the format of Prometheus, and other paths are nothing', async () => {
  const get = await serve(new Health({}));
  const metrics = await get('/metrics');
  expect(metrics.type).toContain('text/plain');
  expect(metrics.text).toContain('process_cpu_seconds_total');
  expect((await get('/secret')).status).toBe(404);
});
