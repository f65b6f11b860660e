import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { WebSocket, WebSocketServer } from 'ws';
import { nobody } from '../shared/endpoint.ts';
import { Connection, HEAD_LIMIT_MS, ViewerSocket, WAITING_LIMIT_BYTES } from './connection.ts';
import { beat, HEARTBEAT_MS } from './heartbeat.ts';
import { textFrame } from './outbound.ts';
import { until } from './testing/until.ts';

let server: Server;
const sockets = new WebSocketServer<typeof ViewerSocket>({ noServer: true, WebSocket: ViewerSocket, autoPong: false });
const presence = { lease: async () => undefined, leaveRoom: async () => undefined, release: async () => undefined };
const endedSessions = new Set<string>();
const parts = { presence, own: { isRevoked: (session: string) => endedSessions.has(session) } };

beforeAll(async () => {
  server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterAll(() => {
  server.close();
  server.closeAllConnections();
});

/** A client and our side of its socket; `ended` tells who had to go. */
async function pair(expiresAtMs = Infinity, autoPong = true) {
  const ended: Connection[] = [];
  const life = { closing: (one: Connection) => void ended.push(one), failed: () => undefined };
  const made = new Promise<Connection>((resolve) => {
    server.once('upgrade', (request, _stream, head: Buffer) => {
      sockets.handleUpgrade(request, request.socket, head, (socket) => {
        const connection = new Connection(socket, request.socket, null, 0, life);
        connection.expiresAtMs = expiresAtMs;
        socket.on('error', () => undefined).on('pong', () => (connection.isPongAwaited = false));
        resolve(connection);
      });
    });
  });
  const client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`, { autoPong });
  const seen = { texts: [] as string[], pings: 0, closeCode: null as number | null };
  client.on('message', (bytes: Buffer) => seen.texts.push(bytes.toString()));
  client.on('ping', () => seen.pings++).on('close', (code) => (seen.closeCode = code));
  const [connection] = await Promise.all([made, once(client, 'open')]);
  return { client, connection, ended, seen };
}

test('frames of ours and of ws lie whole and in order on one socket', async () => {
  // The client's own answers to so many pings are of no interest here.
  const { client, connection, seen } = await pair(Infinity, false);
  const texts = Array.from({ length: 200 }, (_, n) => `${n}`.repeat(n + 1));
  for (const text of texts) {
    connection.write(textFrame(text));
    connection.socket.ping(text.slice(0, 100));
  }
  connection.socket.close(1000);
  await until(() => seen.closeCode !== null, 'the client has read everything');
  expect(seen).toEqual({ texts, pings: texts.length, closeCode: 1000 });
  client.terminate();
});

test('a viewer for whom more than 1 MiB waits is cut, and nothing more is kept for them', async () => {
  const { client, connection, ended, seen } = await pair();
  client.pause();
  const frame = textFrame('x'.repeat(200_000));
  for (let n = 0; n < 1_000 && ended.length === 0; n++) {
    connection.write(frame);
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(ended).toEqual([connection]);
  const waiting = connection.socket.bufferedAmount;
  connection.write(frame);
  expect(connection.socket.bufferedAmount).toBe(waiting);
  expect(waiting).toBeLessThan(WAITING_LIMIT_BYTES + 2 * frame.length);
  client.resume();
  await until(() => seen.closeCode !== null, 'the client is told');
  expect(seen.closeCode).toBe(4408);
});

test('a viewer for whom little waits, but for too long, is cut; one whose queue moves is not', async () => {
  const { client, connection, ended } = await pair();
  const frame = textFrame('x'.repeat(100_000));
  client.pause();
  while (connection.socket.bufferedAmount < 300_000) {
    connection.write(frame);
    await new Promise((resolve) => setImmediate(resolve));
  }
  connection.checkWaiting(0);
  connection.checkWaiting(HEAD_LIMIT_MS);
  client.resume();
  await until(() => connection.socket.bufferedAmount === 0, 'the queue is empty');
  connection.checkWaiting(2 * HEAD_LIMIT_MS);
  expect(ended).toEqual([]);
  client.pause();
  while (connection.socket.bufferedAmount < 300_000) {
    connection.write(frame);
    await new Promise((resolve) => setImmediate(resolve));
  }
  connection.checkWaiting(0);
  connection.checkWaiting(HEAD_LIMIT_MS + 1);
  expect(ended).toEqual([connection]);
  client.terminate();
});

test('what a viewer asked for again may be more than may wait otherwise', async () => {
  const { client, connection, ended, seen } = await pair();
  client.pause();
  connection.writeReplay(textFrame('x'.repeat(8 * WAITING_LIMIT_BYTES)));
  connection.write(textFrame('live'));
  expect(ended).toEqual([]);
  client.resume();
  await until(() => seen.texts.at(-1) === 'live', 'everything has arrived');
  client.terminate();
});

test('a socket whose pong is too late is dead; one that answers lives', async () => {
  const [alive, dead] = [await pair(), await pair(Infinity, false)];
  for (const one of [alive, dead]) beat(parts, one.connection, HEARTBEAT_MS);
  await until(() => [alive, dead].every((one) => one.seen.pings === 1), 'both are asked');
  await until(() => alive.connection.isPongAwaited === false, 'one has answered');
  for (const one of [alive, dead]) beat(parts, one.connection, HEARTBEAT_MS + 20_000);
  await until(() => dead.seen.closeCode !== null, 'the other is gone');
  expect([alive.seen.closeCode, dead.seen.closeCode]).toEqual([null, 1006]);
  alive.client.terminate();
});

test('a socket ends with its token, by the first look after it', async () => {
  const { connection, seen } = await pair(1_000);
  beat(parts, connection, 999);
  expect(connection.isOpen).toBe(true);
  beat(parts, connection, 1_000);
  await until(() => seen.closeCode !== null, 'the client is told');
  expect(seen.closeCode).toBe(4401);
});

test('a socket ends with the session of its token, by the next look', async () => {
  const { connection, seen } = await pair();
  const session = randomUUID();
  connection.caller = { ...nobody, subject: randomUUID(), issuer: 'rostra', session };
  beat(parts, connection, 0);
  expect(connection.isOpen).toBe(true);
  endedSessions.add(session);
  beat(parts, connection, 1);
  await until(() => seen.closeCode !== null, 'the client is told');
  expect(seen.closeCode).toBe(4401);
});

test('so many frames may come at once, and no more of them at any edge of time than were earned back', async () => {
  const { client, connection } = await pair();
  const limit = { frames: 120, spanMs: 60_000 };
  const taken = (tries: number, nowMs: number) =>
    Array.from({ length: tries }, () => connection.countFrame(limit, nowMs)).filter(Boolean).length;
  const startMs = 1_800_000_000_000;
  expect(taken(1, startMs)).toBe(1);
  // What a window from `startMs` on would take twice: once before its end, once after.
  expect(taken(1_000, startMs + 59_999)).toBe(120);
  expect(taken(1_000, startMs + 60_000)).toBe(0);
  expect(taken(1_000, startMs + 61_000)).toBe(2);
  expect(taken(1_000, startMs + 1_000_000)).toBe(120);
  expect(connection.countFrame(null, startMs + 1_000_000)).toBe(true);
  client.terminate();
});

test('every limit is reached exactly, also where its share of the time is no whole number', async () => {
  const { client, connection } = await pair();
  let nowMs = 1_800_000_000_000;
  for (const frames of [1, 3, 7, 119, 999]) {
    nowMs += 100_000;
    const answers = Array.from({ length: frames + 1 }, () => connection.countFrame({ frames, spanMs: 10_000 }, nowMs));
    expect(answers.filter(Boolean)).toHaveLength(frames);
  }
  client.terminate();
});

test('what a client says second is done second, however long the first takes', async () => {
  const { client, connection } = await pair();
  const done: string[] = [];
  const first = Promise.withResolvers<void>();
  connection.inOrder(async () => (await first.promise, void done.push('first')));
  connection.inOrder(async () => void done.push('second'));
  await new Promise((resolve) => setImmediate(resolve));
  first.resolve();
  await until(() => done.length === 2, 'both are done');
  expect(done).toEqual(['first', 'second']);
  client.terminate();
});
