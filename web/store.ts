/** The one place that holds a page's state; everything else sends it events and is told of the change. */
export interface Store<State, Event> {
  state(): State;
  dispatch(event: Event): void;
  /** @returns the function that ends the subscription */
  onChange(listener: () => void): () => void;
}

export function createStore<State, Event>(
  initial: State,
  reduce: (state: State, event: Event) => State,
): Store<State, Event> {
  let state = initial;
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
