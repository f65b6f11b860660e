import type { Payload } from '../../../shared/events/catalogue.ts';
import { done, skip, type DatabaseListener, type Io, type Outcome } from '../../../shared/listener.ts';
import { decideNickname } from '../nickname.ts';
import { clearNickname, findNicknames, lockHolder, lockNickname, setNickname } from '../tables/nicknames.ts';

/** Keeps auth's copy of a nickname, for logging in and for the name in a token, as the profile says. */
export const rememberNickname: DatabaseListener<'ProfileUpdated'> = {
  name: 'RememberNickname',
  group: 'auth',
  event: 'ProfileUpdated',

  async applied(tx, events) {
    const own = await findNicknames(
      tx,
      events.map(({ payload }) => payload.uuid),
    );
    const isHeard = ({ payload }: (typeof events)[number]) => (own.get(payload.uuid)?.version ?? -1) >= payload.version;
    return new Set(events.filter(isHeard).map(({ id }) => id));
  },

  async handle(events, io) {
    const outcomes: Outcome[] = [];
    // In the order of the log: of two in one batch, the second may want what the first gives up.
    for (const { payload } of events) outcomes.push(await remember(payload, io));
    return outcomes;
  },
};

async function remember(payload: Payload<'ProfileUpdated'>, { tx }: Io): Promise<Outcome> {
  const { uuid, nickname, updated_at: at, version } = payload;
  const own = await lockNickname(tx, uuid);
  const holder = nickname === null ? null : await lockHolder(tx, nickname, uuid);
  const decision = decideNickname(own, holder, { nickname, at, version });
  if (decision.kind === 'skip') return skip(decision.reason);
  if (decision.from !== null) await clearNickname(tx, decision.from);
  await setNickname(tx, uuid, decision.nickname, { at, version });
  return done;
}
