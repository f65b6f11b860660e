import { useEffect, useRef, useState } from 'preact/hooks';
import { readProfile } from './accounts.ts';
import type { Api } from './api.ts';
import type { RoomState } from './room-state.ts';

const PATIENCE_MS = 5_000;

/**
 * The streamer's name: of their profile, for somebody who has an account here, or as they were called when they last
 * said something in the chat. The history goes back ten minutes only, so a name that was learnt is kept for the tab.
 * Empty while it isn't known.
 * @param profiles how profiles are asked for; null for a visitor whose token is the site's, whose streamers have none here
 */
export function useStreamerName(
  { entries }: Pick<RoomState, 'entries'>,
  ownerId: string,
  profiles: Api | null,
): string {
  const key = `rostra:streamer:${ownerId}`;
  const [learnt, setLearnt] = useState(() => sessionStorage.getItem(key) ?? '');
  const known = useRef(learnt);
  const said = entries.findLast((one) => one.kind === 'message' && one.from.uuid === ownerId);
  if (said?.kind === 'message') known.current = said.from.name;
  const name = known.current || learnt;
  useEffect(() => {
    if (!name && profiles) void nameOf(ownerId, profiles).then(setLearnt);
  }, []);
  useEffect(() => {
    if (name) sessionStorage.setItem(key, name);
  }, [name]);
  return name;
}

/** Empty where there is no such profile, or no answer. */
async function nameOf(ownerId: string, profiles: Api): Promise<string> {
  const answer = await profiles.once(`profile/${ownerId}`, PATIENCE_MS);
  return answer.ok ? readProfile(answer.body).nickname : '';
}
