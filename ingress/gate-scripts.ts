import { hash } from 'node:crypto';
import { errorText } from '../shared/errors.ts';
import type { Redis } from '../shared/redis.ts';

/** What the gate has Redis do, each in one step that nothing comes between. */

/**
 * KEYS: claim, the call's window, the window of requests. ARGV: fingerprint ("" = no claim), its TTL in s, then calls and
 * milliseconds of both windows (0 calls = off), then the time of the call in ms. A claim is "fingerprint time confirmed":
 * the time is that of the first call, and 1 says that the broker has its event. A window is the list of the times at which calls were let in, newest
 * first and never longer than the limit: no window of that length ever holds more calls than it allows. The time is
 * Redis's own, one for all instances. Answers {verdict, remaining, reset in ms,
 * time of the first call or 0, confirmed}.
 */
export const GATE_SCRIPT = `
local first, confirmed = 0, 0
local verdict, window, calls, ms = 0, KEYS[2], tonumber(ARGV[3]), tonumber(ARGV[4])
if ARGV[1] ~= '' then
  local known = redis.call('GET', KEYS[1])
  if known then
    local print, time, done = string.match(known, '^(%S+) ?(%d*) ?(%d?)$')
    verdict = print == ARGV[1] and 1 or 2
    first, confirmed = tonumber(time) or 0, tonumber(done) or 0
    window, calls, ms = KEYS[3], tonumber(ARGV[5]), tonumber(ARGV[6])
  end
end
local remaining, reset = -1, 0
if calls > 0 then
  local time = redis.call('TIME')
  local now = time[1] * 1000 + math.floor(time[2] / 1000)
  local oldest = redis.call('LINDEX', window, -1)
  while oldest and tonumber(oldest) <= now - ms do
    redis.call('RPOP', window)
    oldest = redis.call('LINDEX', window, -1)
  end
  local used = redis.call('LLEN', window)
  if used >= calls then return {3, 0, tonumber(oldest) + ms - now, 0, 0} end
  redis.call('LPUSH', window, now)
  redis.call('PEXPIRE', window, ms)
  remaining = calls - used - 1
  reset = (tonumber(oldest or now)) + ms - now
end
if verdict == 0 and ARGV[1] ~= '' then redis.call('SET', KEYS[1], ARGV[1] .. ' ' .. ARGV[7] .. ' 0', 'EX', ARGV[2]) end
return {verdict, remaining, reset, first, confirmed}
`;

/** KEYS: claim. ARGV: it as an unconfirmed call left it. */
export const RELEASE_SCRIPT = `if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0`;

/** KEYS: claim. ARGV: it as an unconfirmed call left it, and as it is to be. */
export const CONFIRM_SCRIPT = `
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('SET', KEYS[1], ARGV[2], 'KEEPTTL') end
return 0
`;

/** By its hash, and whole where the server doesn't know it (any more). */
export async function evaluate(redis: Redis, script: string, keys: string[], values: string[]): Promise<unknown> {
  try {
    return await redis.evalsha(sha1(script), keys.length, ...keys, ...values);
  } catch (error) {
    if (!errorText(error).startsWith('NOSCRIPT')) throw error;
    return redis.eval(script, keys.length, ...keys, ...values);
  }
}

const hashes = new Map<string, string>();

function sha1(script: string): string {
  const known = hashes.get(script) ?? hash('sha1', script);
  hashes.set(script, known);
  return known;
}
