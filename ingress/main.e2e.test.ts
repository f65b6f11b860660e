import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { resolve } from 'node:path';
import { choosePort } from '../scripts/stack/ports.ts';
import { freshId } from '../shared/ids.ts';
import { awakeMs } from '../shared/testing/awake.ts';
import { fromStack, testNamespace } from '../shared/testing/environment.ts';
import { type TestKafka, testKafka } from '../shared/testing/kafka.ts';
import { until } from '../shared/testing/until.ts';
import { bearer, SECRET } from './testing/ingress.ts';

/** The whole process, as the Procfile starts it. */
interface Started {
  readonly child: ChildProcess;
  readonly root: string;
  readonly port: number;
  output(): string;
}

const running = new Set<ChildProcess>();

function start(environment: Record<string, string>, port: number): Started {
  const flags = ['--disable-warning=ExperimentalWarning', '--disable-warning=TimeoutNegativeWarning'];
  const child = spawn(process.execPath, [...flags, resolve(import.meta.dirname, 'main.ts')], {
    env: { PATH: process.env['PATH'], ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child.on('exit', () => running.delete(child)));
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (data: Buffer) => (output += data.toString()));
  return { child, port, root: `http://127.0.0.1:${port}`, output: () => output };
}

afterAll(async () => {
  await Promise.all([...running].map((child) => (child.kill('SIGKILL'), once(child, 'exit'))));
});

test('an environment that cannot be right ends it at once, with every fault named', async () => {
  const { child, output } = start(
    { PORT: 'x', RATE_LIMIT_MESSAGES: '20', ALLOWED_ORIGINS: 'app', CURRENCY: 'XYZ9' },
    0,
  );
  const [code] = (await once(child, 'exit')) as [number];
  expect(code).toBe(78);
  for (const name of [
    'PORT',
    'RATE_LIMIT_MESSAGES',
    'ALLOWED_ORIGINS',
    'CURRENCY',
    'KAFKA_BROKERS',
    'REDIS_URL',
    'JWT_SECRET',
  ]) {
    expect(output()).toContain(name);
  }
});

describe('a running one', () => {
  let broker: TestKafka;
  let ingress: Started;
  beforeAll(async () => {
    const namespace = testNamespace();
    broker = await testKafka(namespace);
    const port = await choosePort();
    ingress = start(
      {
        ...{ KAFKA_BROKERS: fromStack('KAFKA_BROKERS'), REDIS_URL: fromStack('REDIS_URL'), NAMESPACE: namespace },
        ...{ PORT: String(port), HOST: '127.0.0.1', JWT_SECRET: SECRET },
      },
      port,
    );
    await until(async () => (await fetch(`${ingress.root}/readyz`)).ok, {
      timeoutMs: 20_000,
      describe: ingress.output,
    });
  }, 60_000);
  afterAll(() => broker.remove());

  const user = { sub: freshId(), type: 'user' as const };
  const say = (message: string, headers: Record<string, string> = {}) =>
    fetch(`${ingress.root}/api/chat/message/add`, {
      method: 'POST',
      headers: { ...bearer(user), 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ message, is_public: true }),
    });

  test('takes a message, and the broker has it', async () => {
    const answer = await say('hello');
    expect(answer.status).toBe(201);
    const { id } = (await answer.json()) as { id: string };
    expect((await broker.read('rooms')).map(({ headers }) => headers['ce_id'])).toContain(id);
  });

  test.each([
    '/',
    '/openapi.json',
    '/asyncapi.json',
    '/docs/',
    '/docs/swagger-ui.css',
    '/docs/swagger-ui-init.js',
    '/metrics',
  ])('serves %s, also under /api', async (path) => {
    for (const prefix of ['', '/api']) expect((await fetch(`${ingress.root}${prefix}${path}`)).status).toBe(200);
  });

  test('the page of the documents loads nothing from elsewhere', async () => {
    const answer = await fetch(`${ingress.root}/api/docs`);
    expect(answer.url).toBe(`${ingress.root}/api/docs/`);
    const html = await answer.text();
    expect(html.match(/(?:src|href)="https?:/g)).toBeNull();
    expect(answer.headers.get('content-security-policy')).toContain("default-src 'self'");
    expect(await (await fetch(`${ingress.root}/api/docs/swagger-ui-init.js`)).text()).toContain('../openapi.json');
  });

  test('a context that is out of reach is told as 503', async () => {
    const answer = await fetch(`${ingress.root}/account`, { headers: bearer() });
    expect([answer.status, await answer.json()]).toEqual([503, { success: 'false', message: 'unavailable' }]);
  });

  test('row 62: a request is one line of JSON, whatever it holds, and no line has a token or a text', async () => {
    const forged = '\n{"level":"error","msg":"forged"}';
    await say(forged, { 'user-agent': 'x{"level":"error"}' });
    await fetch(`${ingress.root}/nothing?token=verysecret&a=%0A{"level":"error"}`, { headers: bearer() });
    await until(() => ingress.output().includes('/nothing'));
    for (const line of ingress.output().trim().split('\n')) {
      expect(JSON.parse(line)).toMatchObject({ name: 'ingress' });
      expect(line).not.toMatch(/verysecret|forged|eyJ/);
    }
  });

  test('SIGTERM lets a request in flight end, takes no other, and exits 0', async () => {
    const { authorization } = bearer(user);
    const body = '{"message":"last words","is_public":true}';
    const head = `POST /chat/message/add HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nAuthorization: ${authorization}\r\n`;
    let answer = '';
    const socket = connect(ingress.port, '127.0.0.1');
    socket.on('data', (data) => (answer += data.toString()));
    await once(socket, 'connect');
    socket.write(`${head}Content-Length: ${body.length}\r\n\r\n${body.slice(0, 10)}`);
    await say('before');
    const exited = once(ingress.child, 'exit');
    ingress.child.kill('SIGTERM');
    await until(async () => (await fetch(`${ingress.root}/healthz`).catch(() => null)) === null);
    socket.write(body.slice(10));
    await until(() => answer.includes('"success":"ok"'));
    expect(answer).toMatch(/^HTTP\/1\.1 201 /);
    const endedMs = awakeMs();
    expect(await exited).toEqual([0, null]);
    expect(awakeMs() - endedMs).toBeLessThan(5_000);
  });
});
