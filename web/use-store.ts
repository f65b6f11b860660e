import { useEffect, useState } from 'preact/hooks';
import type { RoomState } from './room-state.ts';
import type { RoomStore } from './room-store.ts';

/** The state, drawn again whenever it changes. */
export function useRoomState(store: RoomStore): RoomState {
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
