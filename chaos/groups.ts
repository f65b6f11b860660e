import { type GroupName, groups } from '../shared/groups.ts';

/**
 * The consumer groups of the room and of the money, which this suite runs and watches. Accounts, profiles and friends
 * are killed by `e2e/accounts-killed.e2e.test.ts`: their processes would take the room's share of a small machine here.
 */
export const watchedGroups = (Object.keys(groups) as GroupName[]).filter(
  (name) => !['auth', 'profiles', 'friends'].includes(name),
);
