import Broker from 'kafkajs/src/broker/index.js';
import Connection from 'kafkajs/src/network/connection.js';
import RequestQueue from 'kafkajs/src/network/requestQueue/index.js';
import { invariant } from './errors.ts';

/**
 * Mends three faults of kafkajs 2.2.4. To be imported before kafkajs is used. Of the first two, found by the fault suite
 * (rows 15 and 22, docs/reliability.md), a client could stay useless after an answer that was cut on its way until its
 * process was restarted; the third made every process wake 900 times a second for nothing.
 *
 * - A broker whose socket was there but whose first exchange had failed counted as connected, was therefore never asked
 *   for its versions again, and refused every request with "Broker not connected". Here the socket goes with the
 *   failure, so that the next attempt begins from the start.
 * - The beginning of an answer that a dead socket had left was put before what the next socket brought; and several
 *   callers at once opened a socket each for the one connection. Here a connection opens one socket at a time, and
 *   forgets what came from the last one.
 * - Once it had answered, a connection looked every millisecond, for ever, whether requests were waiting to be sent: the
 *   time of the look was reckoned from an end of throttling that there was none of, and lay in the past. Here it looks
 *   only where something waits.
 *
 * It rests on internals of that very version, which package.json pins; it refuses to start on others.
 */
const SIZE_BYTES = 4;
const opening = new WeakMap<object, Promise<boolean>>();

const { connect: connectBroker, disconnect } = Broker.prototype;
const { connect: connectSocket, isConnected, processData } = Connection.prototype;
const { scheduleCheckPendingRequests } = RequestQueue.prototype;
const mended = [connectBroker, disconnect, connectSocket, isConnected, processData, scheduleCheckPendingRequests];
invariant(
  mended.every((method) => typeof method === 'function'),
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

RequestQueue.prototype.scheduleCheckPendingRequests = function scheduleWhereSomethingWaits() {
  if (this.pending.length > 0) scheduleCheckPendingRequests.call(this);
};
