import type { AddressInfo } from 'node:net';
import type { Server } from 'node:http';
import { request } from 'node:http';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import express from 'express';
import { createDocuments } from './documents.ts';

let server: Server;
let port: number;

beforeAll(async () => {
  const app = express();
  app.use('/fixed', createDocuments({ namespace: '', port: 1, wsPort: 2, wsUrl: 'wss://chat.example/live/ws' }));
  app.use(createDocuments({ namespace: '', port: 3200, wsPort: 3201, wsUrl: null }));
  server = await new Promise((resolve) => {
    const listening = app.listen(0, '127.0.0.1', () => resolve(listening));
  });
  port = (server.address() as AddressInfo).port;
});

afterAll(() => new Promise((resolve) => server.close(resolve)));

/** The `servers` of a document that was asked for under a `Host`. Not `fetch`, which sends its own. */
function serversOf<T>(path: string, host: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port, path, headers: { host }, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve((JSON.parse(Buffer.concat(chunks).toString()) as { servers: T }).servers));
    });
    asked.on('error', reject).end();
  });
}

type Gateways = { gateway: { host: string; protocol: string; pathname?: string } };

test.each([
  ['live.example:8080', 'live.example:3201'],
  ['live.example', 'live.example:3201'],
  ['[::1]:3200', '[::1]:3201'],
  ['"><script>', 'localhost:3201'],
])('asked as %s, the AsyncAPI document names the gateway at %s', async (host, gateway) => {
  const servers = await serversOf<Gateways>('/asyncapi.json', host);
  expect(servers.gateway).toMatchObject({ host: gateway, protocol: 'ws' });
});

test('a gateway with a public address of its own is named by it, whoever asks', async () => {
  const servers = await serversOf<Gateways>('/fixed/asyncapi.json', 'live.example');
  expect(servers.gateway).toMatchObject({ host: 'chat.example', protocol: 'wss', pathname: '/live' });
});

test.each([
  ['live.example:8080', '{scheme}://live.example:8080'],
  ['x y', '{scheme}://localhost:3200'],
])('asked as %s, the OpenAPI document names %s beside its relative servers', async (host, url) => {
  const servers = await serversOf<{ url: string }[]>('/openapi.json', host);
  expect(servers.map((one) => one.url)).toEqual(['/', '/api', url]);
});
