import { useEffect, useRef, useState } from 'preact/hooks';
import type { RoomState } from './room-state.ts';

/**
 * The streamer's name, once they have said something in the chat; nothing else tells it to a viewer. The history goes
 * back ten minutes only, so a name that was learnt is kept for the tab. Empty while it isn't known.
 */
export function useStreamerName({ entries }: Pick<RoomState, 'entries'>, ownerId: string): string {
  const key = `rostra:streamer:${ownerId}`;
  const [kept] = useState(() => sessionStorage.getItem(key) ?? '');
  const known = useRef(kept);
  const said = entries.findLast((one) => one.kind === 'message' && one.from.uuid === ownerId);
  if (said?.kind === 'message') known.current = said.from.name;
  const name = known.current;
  useEffect(() => {
    if (name) sessionStorage.setItem(key, name);
  }, [name]);
  return name;
}
