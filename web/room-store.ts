import { initialState, reduce, type RoomState, type StateEvent } from './room-state.ts';

/** The one place that holds the page's state; everything else sends it events and is told of the change. */
export interface RoomStore {
  state(): RoomState;
  dispatch(event: StateEvent): void;
  /** @returns the function that ends the subscription */
  onChange(listener: () => void): () => void;
}

export function createRoomStore(): RoomStore {
  let state = initialState();
  const listeners = new Set<() => void>();
  return {
    state: () => state,
    dispatch(event) {
      state = reduce(state, event);
      for (const listener of listeners) listener();
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
