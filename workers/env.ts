import { type CrashPlace, type CrashPlan, readCrashPlan, relayPlace } from '../shared/crash-point.ts';
import { type CommonEnvironment, EnvironmentReader, readCommon, type Source } from '../shared/environment.ts';
import { type Context, type GroupName, groups } from '../shared/groups.ts';
import { crashPlaces } from './crash-places.ts';

export interface WorkersEnvironment extends CommonEnvironment {
  /** The databases of the contexts whose groups run here. */
  readonly databaseUrls: ReadonlyMap<Context, string>;
  readonly groups: readonly GroupName[];
  /** From whom a new person takes messages, beside their friends. */
  readonly messagesFromDefault: 'everyone' | 'friends';
  /** Where a fault test kills this process; null outside test builds. */
  readonly crashPlan: CrashPlan | null;
}

/** @param named the groups on the command line @throws EnvironmentError that lists every fault */
export function readWorkersEnvironment(source: Source, named: readonly string[]): WorkersEnvironment {
  const reader = new EnvironmentReader(source);
  const known = Object.keys(groups) as GroupName[];
  const own = known.filter((group) => named.includes(group));
  if (named.length === 0 || own.length !== named.length) {
    reader.fault(`name the consumer groups to run, each once: node workers/main.ts <group>…, of ${known.join(', ')}`);
  }
  const environment: WorkersEnvironment = {
    ...readCommon(reader),
    groups: own,
    databaseUrls: readDatabaseUrls(reader, own),
    messagesFromDefault: reader.parsed<'everyone' | 'friends'>(
      'MESSAGES_FROM_DEFAULT',
      (text) => (text === 'everyone' || text === 'friends' ? text : null),
      '"everyone" or "friends"',
      'friends',
    ),
    crashPlan: readCrashPlan(reader, placesOf(own)),
  };
  reader.finish();
  return environment;
}

function readDatabaseUrls(reader: EnvironmentReader, own: readonly GroupName[]): ReadonlyMap<Context, string> {
  const needed = new Set(own.map((group) => groups[group].context).filter((context) => context !== null));
  return new Map(
    [...needed].map((context) => [context, reader.url(`DATABASE_URL_${context.toUpperCase()}`, ['mysql:'])]),
  );
}

/** Their listeners', and the relay's of each context that a group works in. */
function placesOf(own: readonly GroupName[]): CrashPlace[] {
  const ofListeners = crashPlaces().filter(({ group }) => own.includes(group));
  return own.some((group) => groups[group].context !== null) ? [...ofListeners, relayPlace] : ofListeners;
}
