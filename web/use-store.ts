import { useEffect, useState } from 'preact/hooks';
import type { Store } from './store.ts';

/** The state, drawn again whenever it changes. */
export function useStore<State, Event>(store: Store<State, Event>): State {
  const [state, setState] = useState(store.state());
  useEffect(() => {
    setState(store.state());
    return store.onChange(() => setState(store.state()));
  }, [store]);
  return state;
}

/** Whole seconds until a moment, counted down. */
export function useSecondsUntil(moment: number): number {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 500);
    return () => clearInterval(timer);
  }, [moment]);
  return Math.max(0, Math.ceil((moment - now) / 1000));
}

const NEARNESS_EVERY_MS = 2_000;

/** True from `withinMs` before a moment on. */
export function useIsNear(moment: number, withinMs: number): boolean {
  const isNearNow = () => moment - Date.now() <= withinMs;
  const [isNear, setNear] = useState(isNearNow);
  useEffect(() => {
    const look = () => setNear(isNearNow());
    look();
    // Looked at, not awaited: a timer of weeks overflows, and one that slept with its machine comes too late.
    const timer = setInterval(look, NEARNESS_EVERY_MS);
    return () => clearInterval(timer);
  }, [moment]);
  return isNear;
}

/** The time in ms since 1970, told anew every `everyMs`. */
export function useNow(everyMs: number): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}
