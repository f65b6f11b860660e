import { done, type DatabaseListener } from '../../../shared/listener.ts';
import { findPeople, saveNames } from '../tables/people.ts';

/** Keeps the name that people are shown under; of two profiles of one person the newer counts, whichever comes first. */
export const rememberProfile: DatabaseListener<'ProfileUpdated'> = {
  name: 'RememberProfile',
  group: 'friends',
  event: 'ProfileUpdated',
  async applied(tx, events) {
    const known = await findPeople(
      tx,
      events.map(({ payload }) => payload.uuid),
    );
    const versionOf = (uuid: string) => known.get(uuid)?.profileVersion ?? -1;
    return new Set(events.filter(({ payload }) => versionOf(payload.uuid) >= payload.version).map(({ id }) => id));
  },
  async handle(events, { tx }) {
    await saveNames(
      tx,
      events.map(({ payload: { uuid, nickname, version } }) => ({ uuid, name: nickname ?? '', version })),
    );
    return events.map(() => done);
  },
};
