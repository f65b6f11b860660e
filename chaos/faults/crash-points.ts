import { setTimeout as sleep } from 'node:timers/promises';
import type { FleetProcess } from '../../scripts/fleet.ts';
import { crashPlaces, type ListenerCrashPlace } from '../../workers/crash-places.ts';
import type { Fault, Stand } from '../fault.ts';
import { watchedGroups } from '../groups.ts';

/** Nobody is blocked or deleted by this suite's load. */
const UNHEARD: ReadonlySet<string> = new Set(['MarkAccount']);
const MAXIMUM_TRIES = 4;
/** Long enough for a rebalance after another member's death and then for an event of the rarest kind. */
const TRY_MS = 45_000;
/** Shorter than the supervisor's first pause, so that the next start is ours. */
const POLL_MS = 20;

interface Waiting {
  readonly place: ListenerCrashPlace;
  tries: number;
}

/** Has a process die at each dangerous point over the work of each listener, members of a group side by side. */
async function dieEverywhere(stand: Stand): Promise<void> {
  const all = crashPlaces().filter(({ group, listener }) => watchedGroups.includes(group) && !UNHEARD.has(listener));
  const byGroup = Map.groupBy(all, ({ group }) => group);
  let hit = 0;
  await Promise.all(
    [...byGroup].map(async ([group, places]) => {
      const waiting: Waiting[] = places.map((place) => ({ place, tries: 0 }));
      const members = stand.processes(group);
      await Promise.all(
        members.map(async (member, at) => {
          await sleep(at * 1_500);
          for (let next = waiting.shift(); next; next = waiting.shift()) {
            if (await dieAt(stand, member, next.place)) hit++;
            else if (++next.tries < MAXIMUM_TRIES) waiting.push(next);
            else stand.violated(`no process could be killed at ${next.place.point} of ${next.place.listener}`);
          }
        }),
      );
      for (const member of members) await restart(member);
    }),
  );
  stand.say(`  killed at ${hit} of ${all.length} places`);
}

/** @returns whether it died there; else its plan has been taken from it again */
async function dieAt(stand: Stand, member: FleetProcess, { point, listener }: ListenerCrashPlace): Promise<boolean> {
  await restart(member, { CRASH_AT: `${point}:1:${listener}` });
  const { crashes } = member;
  for (let ms = 0; ms < TRY_MS; ms += POLL_MS) {
    await stand.pause(POLL_MS);
    if (member.crashes === crashes) continue;
    stand.injected(`crash ${point} of ${listener} in ${member.name}.${member.instance + 1}`);
    return true;
  }
  return false;
}

/** Starts it with these variables; one that still runs leaves its group in good order first. */
async function restart(member: FleetProcess, more: NodeJS.ProcessEnv = {}): Promise<void> {
  if (member.pid > 0) await member.stop();
  member.start(more);
}

export const crashFaults: readonly Fault[] = [
  {
    ...{ row: '1 2 3 4 5 6', name: 'crash-points', needs: [], seconds: 300 },
    title:
      'A process killed before and after dedup, mid-effect, after COMMIT and after the post-effects of every listener',
    inject: dieEverywhere,
  },
];
