import Broker from 'kafkajs/src/broker/index.js';
import Connection from 'kafkajs/src/network/connection.js';
import { invariant } from './errors.ts';

/**
 * Mends two faults of kafkajs 2.2.4, found by the fault suite (rows 15 and 22, docs/reliability.md): after an answer that
 * was cut on its way a client could stay useless until its process was restarted. To be imported before kafkajs is used.
 *
 * - A broker whose socket was there but whose first exchange had failed counted as connected, was therefore never asked
 *   for its versions again, and refused every request with "Broker not connected". Here the socket goes with the
 *   failure, so that the next attempt begins from the start.
 * - The beginning of an answer that a dead socket had left was put before what the next socket brought; and several
 *   callers at once opened a socket each for the one connection. Here a connection opens one socket at a time, and
 *   forgets what came from the last one.
 *
 * It rests on internals of that very version, which package.json pins; it refuses to start on others.
 */
const SIZE_BYTES = 4;
const opening = new WeakMap<object, Promise<boolean>>();

const { connect: connectBroker, disconnect } = Broker.prototype;
const { connect: connectSocket, isConnected, processData } = Connection.prototype;
invariant(
  [connectBroker, disconnect, connectSocket, isConnected, processData].every((method) => typeof method === 'function'),
  'this kafkajs is not the one that shared/kafka-repair.ts mends: look whether it still needs mending',
);

Broker.prototype.connect = async function connect() {
  try {
    await connectBroker.call(this);
  } catch (error) {
    await this.disconnect();
    throw error;
  }
};

Connection.prototype.connect = function connect() {
  if (this.isConnected()) return Promise.resolve(true);
  const current = opening.get(this);
  if (current) return current;
  this.chunks = [];
  this.bytesBuffered = 0;
  this.bytesNeeded = SIZE_BYTES;
  const opened = connectSocket.call(this).finally(() => opening.delete(this));
  opening.set(this, opened);
  return opened;
};
