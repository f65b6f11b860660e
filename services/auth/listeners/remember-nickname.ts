import type { Transaction } from '../../../shared/database.ts';
import type { Payload } from '../../../shared/events/catalogue.ts';
import { done, skip, type DatabaseListener, type Outcome } from '../../../shared/listener.ts';
import { decideNickname } from '../nickname.ts';
import { clearNickname, findHolder, findNicknames, lockInvolved, setNickname } from '../tables/nicknames.ts';

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

  async handle(events, { tx }) {
    const wanted = events.flatMap(({ payload: { nickname } }) => (nickname === null ? [] : [nickname]));
    const people = events.map(({ payload }) => payload.uuid);
    // All of them before the first is changed: what one event after the other locks would be in no order.
    const locked = await lockInvolved(tx, people, wanted);
    const outcomes: Outcome[] = [];
    // In the order of the log: of two in one batch, the second may want what the first gives up.
    for (const { payload } of events) outcomes.push(await remember(tx, payload, locked));
    return outcomes;
  },
};

async function remember(
  tx: Transaction,
  { uuid, nickname, updated_at: at, version }: Payload<'ProfileUpdated'>,
  locked: ReadonlySet<string>,
): Promise<Outcome> {
  const own = (await findNicknames(tx, [uuid])).get(uuid) ?? null;
  const found = nickname === null ? null : await findHolder(tx, nickname, uuid);
  // Who has got it since all were locked is not, and no more may be: the nickname is a duplicate then, and the transaction
  // that runs again finds them at once.
  const holder = found && locked.has(found.id) ? found : null;
  const decision = decideNickname(own, holder, { nickname, at, version });
  if (decision.kind === 'skip') return skip(decision.reason);
  if (decision.from !== null) await clearNickname(tx, decision.from);
  await setNickname(tx, uuid, decision.nickname, { at, version });
  return done;
}
