import { type CrashPlace, crashPointsOf } from '../shared/crash-point.ts';
import { type GroupName, groups } from '../shared/groups.ts';
import type { Listener } from '../shared/listener.ts';
import { listeners } from './listeners.ts';

/** A point at which a process of the group can be killed over the work of one of its listeners. */
export interface ListenerCrashPlace extends CrashPlace {
  readonly group: GroupName;
  readonly listener: string;
}

/** Every place where a fault test can hurt a listener; a listener that hears several events is there once. */
export function crashPlaces(): ListenerCrashPlace[] {
  const all = Object.values(listeners).flat() as readonly Listener[];
  const byName = new Map(all.map(({ name, group }) => [`${group} ${name}`, { group, listener: name }]));
  return [...byName.values()].flatMap(({ group, listener }) =>
    crashPointsOf[groups[group].context === null ? 'frames' : 'database'].map((point) => ({ group, listener, point })),
  );
}
