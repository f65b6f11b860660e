import type { Control } from './control.ts';

const CACHE = 'services/rooms/history-cache.ts';

/** A reader that read before a commit stores it after the writer's DEL, and nobody drops it again. */
export const plainDelCache: Control = {
  name: 'plain-del-cache',
  mistake: 'a history is cached whatever was saved meanwhile, and the writer only deletes the entry',
  invariants: ['I9'],
  provokedBy: 'slow-cache',
  faults:
    '200 ms of latency between services and Redis while histories are read and rooms written to; the cache is looked at ' +
    'within the 30 s that an entry lives',
  edits: [
    {
      file: CACHE,
      find: "const STORE = `if redis.call('GET', KEYS[2]) == ARGV[1] then\n",
      replace: 'const STORE = `if ARGV[1] then\n',
    },
    {
      file: CACHE,
      find: "const FORGET = `redis.call('SET', KEYS[2], ARGV[1], 'EX', ${TOKEN_TTL_S}) return redis.call('DEL', KEYS[1])`;",
      replace: "const FORGET = `return redis.call('DEL', KEYS[1])`;",
    },
  ],
};
