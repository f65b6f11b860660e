import { initialState, reduce, type RoomState, type StateEvent } from './room-state.ts';
import { createStore, type Store } from './store.ts';

export type RoomStore = Store<RoomState, StateEvent>;

export function createRoomStore(): RoomStore {
  return createStore<RoomState, StateEvent>(initialState(), reduce);
}
