import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import type { Writable } from 'node:stream';
import * as ws from 'ws';
import { until } from './until.ts';

/** ws exports its parser, but its types don't name it. */
const { Receiver } = ws as unknown as { Receiver: new (options: { isServer: boolean }) => Writable };

/** A client on bare TCP, which can say what no client library says. */
export interface RawClient {
  readonly socket: Socket;
  /** The server's answer to the upgrade, head only. */
  readonly head: string;
  /** JSON frames received. */
  readonly frames: { type: string; code?: number }[];
  /** The code of the server's close frame. */
  closed(): Promise<number>;
  leave(): void;
}

export async function connectRaw(url: string, token: string, headers: readonly string[] = []): Promise<RawClient> {
  const { hostname, port, pathname } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => undefined);
  const lines = [
    `GET ${pathname} HTTP/1.1`,
    `Host: ${hostname}:${port}`,
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`,
    `Authorization: Bearer ${token}`,
    ...headers,
  ];
  socket.write(`${lines.join('\r\n')}\r\n\r\n`);
  const frames: RawClient['frames'] = [];
  let code: number | null = null;
  const receiver = new Receiver({ isServer: false });
  receiver.on('message', (bytes: Buffer) => frames.push(JSON.parse(bytes.toString()) as (typeof frames)[number]));
  receiver.on('conclude', (closeCode: number) => (code = closeCode));
  receiver.on('error', () => undefined);
  let head: string | null = null;
  let read = Buffer.alloc(0);
  socket.on('data', (bytes: Buffer) => {
    if (head !== null) return void receiver.write(bytes);
    read = Buffer.concat([read, bytes]);
    const end = read.indexOf('\r\n\r\n');
    if (end < 0) return;
    head = read.subarray(0, end).toString();
    receiver.write(read.subarray(end + 4));
  });
  await until(
    () => frames.some(({ type }) => type === 'subscribed') || socket.destroyed,
    'the raw client is connected',
  );
  return {
    ...{ socket, frames, head: head ?? '' },
    async closed() {
      await until(() => code !== null, 'the raw client is told the close code');
      return code as unknown as number;
    },
    leave: () => socket.destroy(),
  };
}

export interface RawFrame {
  /** FIN, reserved bits and opcode; 0x81 is a whole text. */
  readonly first?: number;
  readonly payload?: string | Buffer;
  readonly isMasked?: boolean;
  /** A length to claim instead of the payload's, in eight bytes. */
  readonly claims?: bigint;
}

/** A client's frame, as right or wrong as wanted. The mask is zero, so that the payload stays readable. */
export function rawFrame({ first = 0x81, payload = '', isMasked = true, claims }: RawFrame): Buffer {
  const body = Buffer.from(payload);
  const mask = isMasked ? 0x80 : 0;
  const header = Buffer.alloc(claims !== undefined || body.length > 65_535 ? 10 : body.length > 125 ? 4 : 2);
  header[0] = first;
  if (header.length === 10) {
    header[1] = mask | 127;
    header.writeBigUInt64BE(claims ?? BigInt(body.length), 2);
  } else if (header.length === 4) {
    header[1] = mask | 126;
    header.writeUInt16BE(body.length, 2);
  } else header[1] = mask | body.length;
  return Buffer.concat([header, Buffer.alloc(isMasked ? 4 : 0), body]);
}
