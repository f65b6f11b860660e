import type { Socket } from 'node:net';
import type { RawData, WebSocket } from 'ws';
import type { Verified } from '../shared/jwt.ts';
import { close } from './close-codes.ts';
import { Connection, type ConnectionLife, ViewerSocket } from './connection.ts';
import { HEARTBEAT_MS } from './heartbeat.ts';
import { countFrame, receive } from './inbound.ts';
import { metrics } from './metrics.ts';
import { welcomeFrame } from './outbound.ts';
import type { Parts } from './parts.ts';
import { closeReasonOf, subscribe } from './subscriptions.ts';

/** A pong is not owed to a client that lets this much wait. */
const PONG_LIMIT_BYTES = 65_536;

/**
 * From a socket to a connection: listeners that all sockets share, the register, `welcome`, the person's own topic, and
 * the room of `/room/{owner_id}`. What the client says meanwhile waits its turn.
 */
export function createOpener(parts: Parts) {
  const life: ConnectionLife = {
    closing: (connection) => end(parts, connection),
    failed: (connection, error) => {
      parts.log.error({ err: error, connectionId: connection.id }, 'a frame was not answered');
      connection.close(close.failed);
    },
  };
  function onMessage(this: WebSocket, bytes: RawData, isBinary: boolean): void {
    const connection = connectionOf(this);
    if (connection && Buffer.isBuffer(bytes)) receive(parts, connection, bytes, isBinary);
  }
  function onPing(this: WebSocket, payload: Buffer): void {
    const connection = connectionOf(this);
    if (!connection?.isOpen || !countFrame(parts, connection)) return;
    metrics.framesIn.inc({ type: 'ping' });
    if (this.bufferedAmount < PONG_LIMIT_BYTES) this.pong(payload);
  }
  function onPong(this: WebSocket): void {
    const connection = connectionOf(this);
    if (connection?.isPongAwaited) connection.isPongAwaited = false;
    else if (connection?.isOpen) countFrame(parts, connection);
  }
  function onClose(this: WebSocket): void {
    const connection = connectionOf(this);
    if (connection) life.closing(connection);
  }
  return (socket: ViewerSocket, stream: Socket, verified: Verified | null, room: string | null): void => {
    const connection = new Connection(socket, stream, verified, parts.now(), life);
    socket.on('message', onMessage).on('ping', onPing).on('pong', onPong).on('close', onClose).on('error', ignore);
    const { connectionsPerPerson } = parts.limits;
    if (connection.subject && parts.hub.countOf(connection.subject) >= (connectionsPerPerson ?? Infinity)) {
      return connection.close(close.tooManyConnections);
    }
    parts.connections.add(connection);
    metrics.connections.inc();
    // Before `welcome`, so that nothing private is missed between it and the registration that it invites to.
    parts.hub.enter(connection);
    connection.inOrder(() => open(parts, connection, room));
  };
}

async function open(parts: Parts, connection: Connection, room: string | null): Promise<void> {
  await parts.presence.lease(connection);
  connection.write(welcomeFrame(connection.id, connection.subject, HEARTBEAT_MS));
  if (connection.subject) await subscribe(parts, connection, `person:${connection.subject}`, null);
  if (room === null || !connection.isOpen) return;
  const refusal = await subscribe(parts, connection, `room:${room}`, null);
  if (refusal) connection.close(closeReasonOf(refusal));
}

function connectionOf(socket: WebSocket): Connection | null {
  return socket instanceof ViewerSocket ? socket.connection : null;
}

/** Once a connection, as soon as nothing may be written to it any more. */
function end(parts: Parts, connection: Connection): void {
  if (!parts.connections.delete(connection)) return;
  metrics.connections.dec();
  const topics = [...connection.topics];
  parts.hub.leave(connection);
  if (connection.subject === null) return;
  void parts.presence.release(connection, topics);
  parts.announcer.connectionClosed(connection.id);
}

/** ws has closed the socket with the right code by itself; its 'close' follows. */
function ignore(): void {}
