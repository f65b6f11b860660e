import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { badParams, Refusal } from '../shared/endpoint.ts';
import { JsonError, parseStrictJson } from '../shared/strict-json.ts';
import { singleHeader } from './respond.ts';

/**
 * What came in, as strictly as a boundary must take it (reliability.md, d, rows 18, 24–28, 33): the body as bytes within
 * a limit, as UTF-8, as JSON that says each thing once; the query with each name once. Schemas come after this.
 */
export const MAXIMUM_BODY_BYTES = 64 * 1024;
const MAXIMUM_QUERY_PARAMETERS = 50;

/** `application/json`, alone or with the one charset that JSON has (RFC 8259, 8.1). */
const JSON_TYPE = /^application\/json[ \t]*(?:;[ \t]*charset=(?:utf-8|"utf-8")[ \t]*)?$/i;

const tooLarge = () => new Refusal(413, 'too large');
const unsupported = () => new Refusal(415, 'unsupported media type');

/** @throws Refusal 400, 413 or 415 */
export async function readJsonBody(request: IncomingMessage): Promise<unknown> {
  const type = singleHeader(request, 'content-type');
  if (!type || !JSON_TYPE.test(type)) throw unsupported();
  // A compressed body is never inflated: what it grows to would be known too late.
  const encoding = request.headers['content-encoding'];
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') throw unsupported();
  return parseBody(await readBytes(request));
}

function parseBody(bytes: Buffer): unknown {
  if (!isUtf8(bytes)) throw badParams('/', 'is not UTF-8');
  try {
    return parseStrictJson(bytes.toString('utf8'));
  } catch (thrown) {
    if (thrown instanceof JsonError) throw badParams('/', thrown.message);
    throw thrown;
  }
}

/** At most 64 KiB. What exceeds them is left to Node, which discards it without keeping it. */
function readBytes(request: IncomingMessage): Promise<Buffer> {
  if (Number(request.headers['content-length'] ?? 0) > MAXIMUM_BODY_BYTES) return Promise.reject(tooLarge());
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const chunks: Buffer[] = [];
  let bytes = 0;
  const onData = (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > MAXIMUM_BODY_BYTES) {
      request.off('data', onData);
      reject(tooLarge());
    } else chunks.push(chunk);
  };
  request.on('data', onData);
  request.once('end', () => resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, bytes)));
  request.once('error', () => reject(badParams('/', 'ended too early')));
  request.once('close', () => request.complete || reject(badParams('/', 'ended too early')));
  return promise;
}

/** True where a request announces a body, of any length but 0. */
export function hasBody(request: IncomingMessage): boolean {
  return request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0;
}

/**
 * The query by name. Nothing is nested or listed: `a[b]` is a name like any other, and a name that comes twice is
 * refused, since two readers of it could each take another value.
 * @throws Refusal 400
 */
export function readQuery(url: string): Record<string, string> {
  const query: Record<string, string> = Object.create(null) as Record<string, string>;
  const at = url.indexOf('?');
  if (at < 0 || at === url.length - 1) return query;
  const pairs = url.slice(at + 1).split('&');
  if (pairs.length > MAXIMUM_QUERY_PARAMETERS)
    throw badParams('/', `has more than ${MAXIMUM_QUERY_PARAMETERS} parameters`);
  for (const pair of pairs) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    const name = decodeText(equals < 0 ? pair : pair.slice(0, equals));
    if (name in query) throw badParams(`/${name}`, 'is given twice');
    query[name] = decodeText(equals < 0 ? '' : pair.slice(equals + 1));
  }
  return query;
}

function decodeText(text: string): string {
  let decoded: string;
  try {
    decoded = decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw badParams('/', 'is no valid percent-encoding');
  }
  if (decoded.includes('\0')) throw badParams('/', 'has a character that cannot be stored');
  return decoded;
}
