import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { connect, type Socket } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { until } from '../shared/testing/until.ts';
import { defaultBounds } from './server.ts';
import { testRoutes } from './testing/endpoints.ts';
import { bearer, startIngress, type TestIngress } from './testing/ingress.ts';

/** Bytes that no HTTP library would send. Numbers of rows are those of reliability.md (d). */

const REFUSED = '{"success":"false","message":"bad params"}';

let ingress: TestIngress;
/** Cuts early whoever takes their time, and takes few at once. */
let impatient: TestIngress;
beforeAll(async () => {
  const bounds = { headersTimeoutMs: 300, requestTimeoutMs: 600, checkingIntervalMs: 50, maximumConnections: 50 };
  [ingress, impatient] = await Promise.all([startIngress(testRoutes()), startIngress(testRoutes(), { bounds })]);
});
afterAll(() => Promise.all([ingress.close(), impatient.close()]));

describe('requests that two servers could read differently', () => {
  const head = 'POST /say HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n';
  test.each([
    ['a length and chunks', `${head}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
    ['chunks and a length', `${head}Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n`],
    ['two transfer encodings', `${head}Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n`],
    ['chunked that is not the last', `${head}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n`],
    ['an unknown transfer encoding', `${head}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n`],
    ['a space before the colon', `${head}Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n`],
    ['bare line feeds', 'GET /look HTTP/1.1\nHost: a\n\n'],
    ['a folded header', 'GET /look HTTP/1.1\r\nHost: a\r\nX-A: b\r\n c\r\n\r\n'],
    ['two hosts', 'GET /look HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n'],
    ['no host', 'GET /look HTTP/1.1\r\n\r\n'],
    ['a NUL in a header', 'GET /look HTTP/1.1\r\nHost: a\r\nX-A: b\0c\r\n\r\n'],
    ['a chunk size that is none', `${head}Transfer-Encoding: chunked\r\n\r\nzz\r\n\r\n`],
    ['an unknown version', 'GET /look HTTP/9.9\r\nHost: a\r\n\r\n'],
    ['no HTTP at all', '\x16\x03\x01\x02\x00\x01\x00\x01'],
  ])('row 34: %s answers 400 and ends the connection', async (_case, bytes) => {
    const answer = await ingress.raw(bytes);
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer.match(/HTTP\/1\.1 /g)).toHaveLength(1);
  });

  test('row 34: what is no HTTP gets the one error shape', async () => {
    expect(await ingress.raw('x\r\n\r\n')).toContain(REFUSED);
    expect(await ingress.raw('GET /look HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n')).toContain(REFUSED);
  });
});

describe('callers that take their time', () => {
  test('row 35: one byte now and then in the headers is cut', async () => {
    const { answer, drips } = await slowly('GET /look HTTP/1.1\r\nHost: a\r\nX-Slow: ', 'y');
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    expect(drips).toBeLessThanOrEqual(40);
  });

  test('row 35: one byte now and then in the body is cut', async () => {
    const head = `POST /say HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nAuthorization: ${bearer().authorization}\r\n`;
    const { answer } = await slowly(`${head}Content-Length: 60000\r\n\r\n{"message":"`, 'y');
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
  });

  test('row 35: in earnest the bounds are 10 s for headers and 15 s for a request, looked at every 2 s', () => {
    expect(defaultBounds).toMatchObject({
      headersTimeoutMs: 10_000,
      requestTimeoutMs: 15_000,
      checkingIntervalMs: 2_000,
    });
  });

  test('row 35: idle connections over the bound are not taken, and others are served again once they end', async () => {
    const idle: Socket[] = [];
    const open = () => idle.filter((socket) => !socket.destroyed).length;
    for (let at = 0; at < 60; at++) {
      const socket = connect(impatient.port, '127.0.0.1');
      socket.on('error', () => undefined).on('close', () => undefined);
      idle.push(socket);
    }
    await until(() => open() <= 50);
    for (const socket of idle) socket.destroy();
    await until(async () => (await impatient.send({ path: '/healthz' })).status === 200);
  });

  /** Sends `head`, then a byte every 50 ms until the server ends it; counts these. */
  function slowly(head: string, drip: string): Promise<{ answer: string; drips: number }> {
    const { promise, resolve } = Promise.withResolvers<{ answer: string; drips: number }>();
    let answer = '';
    let drips = 0;
    const socket = connect(impatient.port, '127.0.0.1', () => socket.write(head));
    const timer = setInterval(() => {
      if (!socket.writable) return;
      socket.write(drip);
      drips++;
    }, 50);
    socket.on('data', (chunk) => (answer += chunk.toString('latin1')));
    socket.on('error', () => undefined);
    socket.on('close', () => {
      clearInterval(timer);
      resolve({ answer, drips });
    });
    return promise;
  }
});

test('row 26: a body without end is not kept: its caller is cut when the request takes too long', async () => {
  // The time of one request is all that ends it, and long enough for the answer to come before it on a busy machine.
  const bounds = { headersTimeoutMs: 3_000, requestTimeoutMs: 3_000, checkingIntervalMs: 50 };
  const patient = await startIngress(testRoutes(), { bounds });
  const head = `POST /say HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nAuthorization: ${bearer().authorization}\r\n`;
  const socket = connect(patient.port, '127.0.0.1', () => socket.write(`${head}Transfer-Encoding: chunked\r\n\r\n`));
  const chunk = `4000\r\n${'x'.repeat(0x4000)}\r\n`;
  const keepsTooMuch = () => keptBytes >= 64 * 1024 * 1024;
  let answer = '';
  let sentBytes = 0;
  let keptBytes = 0;
  const pump = () => {
    while (!socket.destroyed && !keepsTooMuch()) {
      sentBytes += chunk.length;
      if (sentBytes % (32 * 1024 * 1024) < chunk.length) keptBytes = Math.max(keptBytes, reachableBytes());
      if (!socket.write(chunk)) return void socket.once('drain', pump);
    }
  };
  socket.on('data', (data) => (answer += data.toString('latin1')));
  socket.on('error', () => undefined);
  socket.once('connect', pump);
  try {
    await until(() => answer !== '');
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    await until(() => socket.destroyed || keepsTooMuch());
    expect(keepsTooMuch()).toBe(false);
  } finally {
    socket.destroy();
    await patient.close();
  }
});

/**
 * Bytes of buffers that somebody still holds. The first collection may end one that was under way and takes what was
 * made meanwhile for alive; the second frees its buffers on another thread; the third waits for that.
 */
function reachableBytes(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  for (let time = 0; time < 3; time++) collect();
  return process.memoryUsage().arrayBuffers;
}
