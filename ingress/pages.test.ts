import { createHash } from 'node:crypto';
import type { Server } from 'node:http';
import { request } from 'node:http';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import express from 'express';
import { SourceTextModule } from 'node:vm';
import { createPages } from './pages.ts';

const ROOM = '/room/3f2c8a1e-1111-4111-8111-111111111111';
const PAGES = ['/', '/sign-in', '/people', '/settings', ROOM, ROOM.replace('room', 'overlay'), '/ops'];

interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: string;
}

let server: Server;
let port: number;

beforeAll(async () => {
  const app = express();
  app.use('/api', createPages({ wsPort: 3001, currency: 'USD', allowAnonymous: false }));
  const hostile = 'wss://chat.example/socket?"><script>';
  app.use('/fixed', createPages({ wsUrl: hostile, wsPort: 1, currency: 'EUR', allowAnonymous: true }));
  app.use(createPages({ wsPort: 3001, currency: 'USD', allowAnonymous: false }));
  app.use((_req, res) => void res.status(404).json({ message: 'not found' }));
  await new Promise<void>((resolve) => {
    server = app.listen(0, '127.0.0.1', () => resolve());
  });
  const address = server.address();
  port = typeof address === 'object' && address ? address.port : 0;
});

afterAll(() => new Promise((resolve) => server.close(resolve)));

/** Not `fetch`, which would tidy a path up before it is sent. */
function get(path: string, headers: Record<string, string> = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port, path, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const body = Buffer.concat(chunks).toString();
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body });
      });
    });
    asked.on('error', reject).end();
  });
}

const policyOf = (answer: Answer) => String(answer.headers['content-security-policy']);

test('every page is served under a strict policy', async () => {
  for (const path of [...PAGES, `/api${ROOM}`, '/api/ops', '/api/people']) {
    const answer = await get(path);
    expect(answer.status).toBe(200);
    expect(answer.headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-cache',
    });
    expect(policyOf(answer)).toContain("default-src 'self'");
    expect(policyOf(answer)).not.toContain('unsafe');
  }
});

test('the policy lets exactly the import map of the page run, and no other inline script is in it', async () => {
  for (const path of PAGES) {
    const answer = await get(path);
    const inline = [...answer.body.matchAll(/<script(?![^>]*\bsrc=)[^>]*>([^<]*)<\/script>/g)];
    expect(inline).toHaveLength(1);
    const hash = createHash('sha256')
      .update(inline[0]?.[1] ?? '')
      .digest('base64');
    expect(policyOf(answer)).toContain(`script-src 'self' 'sha256-${hash}';`);
    expect(answer.body).not.toMatch(/\son[a-z]+=|style=/);
  }
});

test('a page may connect to the own host on the WebSocket port, or to the address that is set', async () => {
  expect(policyOf(await get(ROOM, { Host: 'live.example:8080' }))).toContain(
    "connect-src 'self' ws://live.example:3001 wss://live.example:3001;",
  );
  expect(policyOf(await get(`/fixed${ROOM}`))).toContain("connect-src 'self' wss://chat.example;");
});

test('a host that is no host never reaches the policy', async () => {
  expect(policyOf(await get(ROOM, { Host: "x; script-src 'unsafe-inline'" }))).toContain("connect-src 'self';");
});

test('the settings are escaped where they stand in the page', async () => {
  const { body } = await get(`/fixed${ROOM}`);
  expect(body).not.toContain('"><script>');
  expect(body).toContain('&#34;currency&#34;:&#34;EUR&#34;');
});

test.each([
  [ROOM, ['/web/room.ts', '/web/room-state.ts', '/web/preact.js', '/web/htm.js']],
  ['/ops', ['/web/ops.ts', '/web/ops-headline.ts', '/web/preact.js', '/web/htm.js']],
  ['/', ['/web/front.ts', '/web/session.ts', '/web/preact.js', '/web/htm.js']],
  ['/sign-in', ['/web/sign-in.ts', '/web/session-rules.ts', '/web/oauth.ts', '/web/htm.js']],
  ['/people', ['/web/people.ts', '/web/people-state.ts', '/web/session.ts', '/web/htm.js']],
  ['/settings', ['/web/settings.ts', '/web/settings-room.ts', '/web/session.ts', '/web/htm.js']],
])('every module that %s names is served without its types, and is JavaScript', async (path, some) => {
  const { body } = await get(path);
  const names = [...body.matchAll(/<link rel="modulepreload" href="\.{1,2}(\/web\/[^"]+)">/g)].map(
    (match) => match[1] ?? '',
  );
  expect(names).toEqual(expect.arrayContaining(some));
  for (const name of names) {
    const module = await get(name);
    expect([name, module.headers['content-type']]).toEqual([name, 'text/javascript; charset=utf-8']);
    expect(() => new SourceTextModule(module.body)).not.toThrow();
    const relative = [...module.body.matchAll(/from '\.\/([^']+)'/g)].map((match) => `/web/${match[1]}`);
    expect(names).toEqual(expect.arrayContaining(relative));
  }
});

test('every style sheet and picture that a page names is there', async () => {
  for (const path of PAGES) {
    const { body } = await get(path);
    const names = [...body.matchAll(/href="\.{1,2}(\/web\/[^"]+\.(?:css|svg))"/g)].map((match) => match[1] ?? '');
    expect(names.length).toBeGreaterThan(1);
    for (const name of names) expect([name, (await get(name)).status]).toEqual([name, 200]);
  }
});

test('an asset that is known by its tag is not sent again', async () => {
  const first = await get('/web/room.ts');
  const again = await get('/web/room.ts', { 'If-None-Match': String(first.headers.etag) });
  expect([again.status, again.body]).toEqual([304, '']);
  const packed = await get('/web/room.ts', { 'Accept-Encoding': 'gzip' });
  expect(packed.headers['content-encoding']).toBe('gzip');
  expect(packed.headers.etag).not.toBe(first.headers.etag);
});

test('a browser at the address of a room that can be none gets a page, anything else the error that all routes have', async () => {
  const browser = { Accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };
  for (const path of ['/room/not-a-uuid', '/overlay/not-a-uuid', '/api/room/not-a-uuid']) {
    const page = await get(path, browser);
    expect([page.status, page.headers['content-type']]).toEqual([404, 'text/html; charset=utf-8']);
    expect(page.body).toContain('<title>No such room');
    expect(policyOf(page)).toContain("default-src 'self'");
    for (const accepted of ['*/*', 'application/json', 'application/json, text/html;q=0.5']) {
      expect(await get(path, { Accept: accepted })).toMatchObject({ status: 404, body: '{"message":"not found"}' });
    }
  }
});

test('nothing outside the fixed list of assets can be asked for', async () => {
  const paths = [
    '/web/../package.json',
    '/web/..%2fpackage.json',
    '/web/%2e%2e/package.json',
    '/web/..%5c..%5cpackage.json',
    '/web/tsconfig.json',
    '/web/room-state.test.ts',
    '/web/__proto__',
    '/web/',
    '/web',
    '/room/not-a-uuid',
    `${ROOM}/more`,
  ];
  for (const path of paths) expect([path, (await get(path)).status]).toEqual([path, 404]);
});
