import { hash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { badParams, type Caller } from '../shared/endpoint.ts';
import { freshId, intentionId } from '../shared/ids.ts';
import { singleHeader } from './respond.ts';

/** One key, one effect, for ever: the event's id comes from the caller's intention, or is fresh (contract.md, 2). */
export const KEY_HEADER = 'idempotency-key';
const KEY = /^[\x21-\x7e]{1,255}$/;

/**
 * The caller's key, or null where they gave none.
 * @throws Refusal 400 for a key that is empty, too long, or has other characters than \x21–\x7e
 */
export function readKey(request: IncomingMessage): string | null {
  const key = singleHeader(request, KEY_HEADER);
  if (key === undefined) return null;
  if (key === null || !KEY.test(key)) throw badParams('/Idempotency-Key', 'must be 1 to 255 characters of \\x21–\\x7e');
  return key;
}

/** The id of what this call makes. `operation` is frozen and alike for all spellings and prefixes of its route. */
export function callId(caller: Caller, operation: string, key: string | null): string {
  return key === null ? freshId() : intentionId(caller.issuer, caller.subject, operation, key);
}

/**
 * sha256, in hex, of what the call says: the same fields with the same values, in whatever order they came.
 * @param room the room that the token speaks for, where that decides what becomes of the call; else null
 */
export function fingerprintOf(body: unknown, params: unknown, room: string | null): string {
  const said = `${canonicalJson(body ?? null)}\n${canonicalJson(params ?? null)}`;
  return hash('sha256', room === null ? said : `${said}\n${canonicalJson(room)}`);
}

/** JSON with the keys of every object in code-unit order; the depth is bounded by the strict parser (16). */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, inner]) => `${JSON.stringify(key)}:${canonicalJson(inner)}`).join(',')}}`;
}
