import protocol from 'kafkajs/src/protocol/requests/index.js';
import type { ProduceArguments, ProducedTopic } from 'kafkajs/src/protocol/requests/index.js';
import { crc32c } from './crc32c.ts';
import { invariant } from './errors.ts';

/**
 * Produce requests written in one pass into one buffer. kafkajs 2.2.4 makes a zeroed buffer of 512 bytes for every
 * record and for every header of it, and copies each into the next; with ten headers that is most of what sending a
 * record costs (docs/benchmarks.md, B1). The bytes are the same (kafka-produce.test.ts holds them against kafkajs's own).
 * To be imported before kafkajs is used; rests on internals of that very version, which package.json pins.
 *
 * Layout: ProduceRequest v3 to v8, RecordBatch v2 (https://kafka.apache.org/protocol, "Messages", "Record Batch").
 */
const PRODUCE_VERSION = 7;

const { Produce } = protocol.requests;
const { protocol: originalOf } = Produce;
invariant(
  typeof originalOf === 'function' && Math.max(...Produce.versions.map(Number)) === PRODUCE_VERSION,
  'this kafkajs is not the one that shared/kafka-produce.ts writes requests for',
);

Produce.protocol = ({ version }) => {
  const original = originalOf({ version });
  if (version !== PRODUCE_VERSION) return original;
  return (args) => {
    const made = original(args);
    // Compression and transactions, which nothing here uses, stay with the library.
    if (args.compression || (args.transactionalId ?? null) !== null) return made;
    const encode = () => Promise.resolve(new Written(encodeProduce(args, Date.now())));
    return { ...made, request: { ...made.request, encode } };
  };
};

/** As much of kafkajs's Encoder as takes part in a request. */
class Written {
  readonly buf: Buffer;

  constructor(bytes: Buffer) {
    this.buf = bytes;
  }

  get buffer(): Buffer {
    return this.buf;
  }
}

/** The names of headers are few and come again with every record. */
const names = new Map<string, Buffer>();
const MAXIMUM_NAMES = 200;

function nameBytes(name: string): Buffer {
  const known = names.get(name);
  if (known) return known;
  const bytes = Buffer.from(name);
  if (names.size < MAXIMUM_NAMES) names.set(name, bytes);
  return bytes;
}

const BATCH_OVERHEAD_BYTES = 61;
/** From the batch's length field on, which does not count itself nor the base offset before it. */
const BATCH_UNCOUNTED_BYTES = 12;
const CRC_AT = 17;
const ATTRIBUTES_AT = 21;
const MAGIC = 2;

/**
 * The body of a ProduceRequest without compression and outside of transactions.
 * @param nowMs the time of all records, ms since 1970
 */
export function encodeProduce({ acks, timeout, topicData }: ProduceArguments, nowMs: number): Buffer {
  const sizes = new Sizes();
  let bytes = 2 + 2 + 4 + 4;
  for (const topic of topicData) bytes += topicBytes(topic, sizes);
  const out = new Out(bytes);
  out.int16(-1); // no transaction
  out.int16(acks);
  out.int32(timeout);
  out.int32(topicData.length);
  sizes.rewind();
  for (const { topic, partitions } of topicData) {
    out.int16(Buffer.byteLength(topic));
    out.text(topic, Buffer.byteLength(topic));
    out.int32(partitions.length);
    for (const { partition, messages } of partitions) {
      out.int32(partition);
      writeBatch(out, messages, sizes, nowMs);
    }
  }
  invariant(out.at === bytes, `a request of ${bytes} bytes was written with ${out.at}`);
  return out.bytes;
}

function topicBytes({ topic, partitions }: ProducedTopic, sizes: Sizes): number {
  let bytes = 2 + Buffer.byteLength(topic) + 4;
  for (const { messages } of partitions) {
    const batch = sizes.reserve();
    let records = 0;
    for (const [at, message] of messages.entries()) records += recordBytes(message, at, sizes);
    sizes.set(batch, BATCH_OVERHEAD_BYTES + records);
    bytes += 4 + 4 + BATCH_OVERHEAD_BYTES + records;
  }
  return bytes;
}

type Message = ProducedTopic['partitions'][number]['messages'][number];
type Text = string | Buffer | null | undefined;

/** Of one record with its own length; notes on the way what the writing will need again. */
function recordBytes({ key, value, headers }: Message, offsetDelta: number, sizes: Sizes): number {
  const body = sizes.reserve();
  let count = 0;
  // Attributes and the difference in time are a byte each.
  let bytes = 2 + varIntBytes(offsetDelta) + fieldBytes(key, sizes) + fieldBytes(value, sizes);
  for (const name in headers) {
    const length = nameBytes(name).length;
    bytes += varIntBytes(length) + length + fieldBytes(headers[name], sizes);
    count++;
  }
  bytes += varIntBytes(count);
  sizes.set(body, bytes);
  return varIntBytes(bytes) + bytes;
}

function fieldBytes(text: Text, sizes: Sizes): number {
  const length =
    text === null || text === undefined ? -1 : typeof text === 'string' ? Buffer.byteLength(text) : text.length;
  sizes.push(length);
  return varIntBytes(length) + Math.max(0, length);
}

function writeBatch(out: Out, messages: readonly Message[], sizes: Sizes, nowMs: number): void {
  const bytes = sizes.next();
  out.int32(bytes);
  const start = out.at;
  out.int64(0n); // base offset: the broker's to give
  out.int32(bytes - BATCH_UNCOUNTED_BYTES);
  out.int32(0); // partition leader epoch
  out.int8(MAGIC);
  out.int32(0); // the checksum, below
  out.int16(0); // attributes
  out.int32(messages.length - 1);
  const time = BigInt(nowMs);
  out.int64(time);
  out.int64(time);
  out.int64(-1n); // producer id, epoch and sequence of a producer that is not idempotent
  out.int16(0);
  out.int32(0);
  out.int32(messages.length);
  for (const [at, message] of messages.entries()) writeRecord(out, message, at, sizes);
  out.bytes.writeUInt32BE(crc32c(out.bytes, start + ATTRIBUTES_AT, out.at), start + CRC_AT);
}

function writeRecord(out: Out, { key, value, headers }: Message, offsetDelta: number, sizes: Sizes): void {
  out.varInt(sizes.next());
  out.int8(0);
  out.int8(0);
  out.varInt(offsetDelta);
  out.field(key, sizes.next());
  out.field(value, sizes.next());
  let count = 0;
  for (const _name in headers) count++;
  out.varInt(count);
  for (const name in headers) {
    const bytes = nameBytes(name);
    out.varInt(bytes.length);
    out.copy(bytes);
    out.field(headers[name], sizes.next());
  }
}

/** Lengths in the order in which they are needed: a text is measured once. */
class Sizes {
  readonly #all: number[] = [];
  #at = 0;

  push(size: number): void {
    this.#all.push(size);
  }

  /** A place for what is known only later. */
  reserve(): number {
    return this.#all.push(0) - 1;
  }

  set(place: number, size: number): void {
    this.#all[place] = size;
  }

  rewind(): void {
    this.#at = 0;
  }

  next(): number {
    return this.#all[this.#at++] as number;
  }
}

/** Bytes of a number in zigzag and LEB128, as protocol buffers have it. */
function varIntBytes(value: number): number {
  const zigzag = ((value << 1) ^ (value >> 31)) >>> 0;
  return zigzag < 0x80 ? 1 : zigzag < 0x4000 ? 2 : zigzag < 0x20_0000 ? 3 : zigzag < 0x1000_0000 ? 4 : 5;
}

/** A buffer that is filled from the front; whoever writes has counted before. */
class Out {
  readonly bytes: Buffer;
  at = 0;

  constructor(size: number) {
    this.bytes = Buffer.allocUnsafe(size);
  }

  int8(value: number): void {
    this.bytes[this.at++] = value;
  }

  int16(value: number): void {
    this.at = this.bytes.writeInt16BE(value, this.at);
  }

  int32(value: number): void {
    this.at = this.bytes.writeInt32BE(value, this.at);
  }

  int64(value: bigint): void {
    this.at = this.bytes.writeBigInt64BE(value, this.at);
  }

  varInt(value: number): void {
    let rest = ((value << 1) ^ (value >> 31)) >>> 0;
    while (rest >= 0x80) {
      this.bytes[this.at++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.bytes[this.at++] = rest;
  }

  copy(bytes: Buffer): void {
    this.bytes.set(bytes, this.at);
    this.at += bytes.length;
  }

  /** @param length of the text in UTF-8 */
  text(text: string, length: number): void {
    // A text of as many bytes as characters is ASCII, which Node copies faster.
    this.bytes.write(text, this.at, length, length === text.length ? 'latin1' : 'utf8');
    this.at += length;
  }

  /** @param length -1 for null */
  field(text: Text, length: number): void {
    this.varInt(length);
    if (typeof text === 'string') this.text(text, length);
    else if (text) this.copy(text);
  }
}
