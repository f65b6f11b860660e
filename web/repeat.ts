/**
 * Asks at once, then `everyMs` after each answer while the tab is looked at, and as soon as it is looked at again;
 * until `ask` says that it was the last time.
 */
export function repeat(ask: () => Promise<boolean>, everyMs: number): { stop(): void } {
  let timer = 0;
  let isAsking = false;
  const end = new AbortController();
  const turn = async () => {
    clearTimeout(timer);
    if (isAsking || document.hidden) return;
    isAsking = true;
    const isWorthMore = await ask();
    isAsking = false;
    if (!isWorthMore) end.abort();
    if (!end.signal.aborted) timer = setTimeout(() => void turn(), everyMs);
  };
  addEventListener('visibilitychange', () => void turn(), { signal: end.signal });
  void turn();
  return {
    stop() {
      end.abort();
      clearTimeout(timer);
    },
  };
}
