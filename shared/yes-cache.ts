import { RecentMap } from './recent-map.ts';

const MAXIMUM_ENTRIES = 50_000;

/**
 * Remembers a yes for `ttlMs`, never a no: what did not exist a moment ago may exist now. Questions for one key that
 * come while it is being asked share the answer.
 */
export function cacheYes(ask: (key: string) => Promise<boolean>, ttlMs: number, now: () => number = Date.now) {
  const yes = new RecentMap<string, number>(MAXIMUM_ENTRIES);
  const asking = new Map<string, Promise<boolean>>();
  return async (key: string): Promise<boolean> => {
    if ((yes.get(key) ?? 0) > now()) return true;
    const pending = asking.get(key) ?? ask(key).finally(() => asking.delete(key));
    asking.set(key, pending);
    const answer = await pending;
    if (answer) yes.set(key, now() + ttlMs);
    return answer;
  };
}
