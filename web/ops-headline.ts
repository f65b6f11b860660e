import type { Failure } from './api.ts';
import { count } from './format.ts';
import type { Letter } from './ops-answers.ts';
import type { OpsState, Reading } from './ops-state.ts';

/** The one sentence that an operator reads first: whether something is wrong, and what. Pure. */

export type Tone = 'good' | 'warning' | 'bad' | 'unknown';

export interface Headline {
  tone: Tone;
  words: string;
  /** What it means, or what to do. */
  detail: string;
  /** The same as long as the same thing is wrong, whatever the numbers: what is read aloud only when it changes. */
  key: string;
}

export type Trend = 'none' | 'growing' | 'shrinking' | 'still';

/** A group at work is always a few records behind; this many are no longer in flight. */
const BEHIND_RECORDS = 100;
/** Any record that waits this long, while not one is taken, waits for a process that doesn't run. */
const STUCK_MS = 20_000;
const STUCK_READINGS = 5;
const TREND_MS = 30_000;
/** A status this old, of a tab that was hidden or a server that thinks, is no longer one. */
const STALE_MS = 12_000;
/** Older ones were seen by somebody; they would hide what is new. */
export const FRESH_LETTER_MS = 24 * 3_600_000;

export function decideHeadline(state: OpsState, now: number): Headline {
  if (state.failure) return noStatus(state.failure, state.status !== null);
  if (now - (state.statusAt ?? 0) > STALE_MS) {
    return { tone: 'unknown', words: 'Asking how it is …', detail: '', key: 'asking' };
  }
  return notReady(state) ?? behind(state) ?? unknownLag(state) ?? setAside(state, now) ?? allIsWell(state, now);
}

/** How a group's lag moves over the last half minute. */
export function trendOf(readings: readonly Reading[]): Trend {
  const recent = known(readings);
  const last = recent.at(-1);
  const first = recent.find((reading) => last && last.at - reading.at <= TREND_MS);
  if (!first || !last || first === last) return 'none';
  if (last.behind === first.behind) return 'still';
  return last.behind > first.behind ? 'growing' : 'shrinking';
}

/** Whether a group is further behind than work in flight explains. */
export function isBehind(readings: readonly Reading[]): boolean {
  const now = readings.at(-1)?.behind ?? 0;
  return now >= BEHIND_RECORDS || isStuck(readings);
}

/** What it means to people that a group is behind; the groups' names are frozen (shared/groups.ts). */
export function consequenceOf(group: string): string {
  return CONSEQUENCES[group] ?? 'Its process may be down or slow.';
}

/** Set aside within a day and not given back since. */
export function freshLetters(letters: readonly Letter[], now: number): Letter[] {
  return letters.filter((one) => one.retriedAt === null && now - Date.parse(one.setAsideAt) < FRESH_LETTER_MS);
}

const CONSEQUENCES: Readonly<Record<string, string>> = {
  save: 'What is written is shown, but is missing from the history until it catches up.',
  'transfer-money': 'Donations stay pending: nothing is shown and nothing is charged until it catches up.',
  sponsor: 'The top sponsor and the leaderboard come late.',
  goal: 'Goals fill late.',
  'queue-to-ws': 'What is saved is not shown to anybody until it catches up.',
  auth: 'Tokens learn late that their person has opened a room, or has another nickname.',
  profiles: 'New people can’t be found by others until it catches up.',
  friends: 'New people can’t be asked to be friends, and names change late, until it catches up.',
};

function noStatus({ status, detail }: Failure, hasOlder: boolean): Headline {
  const key = `no-status-${status}`;
  const bad = (words: string, why: string): Headline => ({
    tone: 'bad',
    words: `No status: ${words}`,
    detail: why,
    key,
  });
  const sinceWhen = hasOlder ? 'What stands below is how it was before.' : '';
  switch (status) {
    case 0:
      return bad('the server doesn’t answer', `The ingress is down, or the network to it. ${sinceWhen}`);
    case 401:
      return bad('this token isn’t accepted', 'It has run out, or was not signed for this server. Paste another.');
    case 404:
      return bad('this token lacks the scope ops', 'To it these routes don’t exist. Paste one with the scope ops.');
    case 429:
      return bad('too many questions at once', 'It asks again by itself.');
    case 502:
    case 503:
    case 504:
      return bad('what the ingress needs is out of reach', `It asks again by itself. ${sinceWhen}`);
    default:
      return bad(`the server answered ${status}${detail && ` (${detail})`}`, sinceWhen);
  }
}

function notReady({ status }: OpsState): Headline | null {
  if (!status || status.isReady) return null;
  const [name = 'something', words = 'no answer'] = Object.entries(status.checks).find(([, one]) => one !== 'ok') ?? [];
  return {
    tone: 'bad',
    words: name === 'process' ? 'The ingress is shutting down' : `The ingress can’t use ${name}`,
    detail:
      name === 'process'
        ? 'It takes no new requests; another one should.'
        : `Its check says: ${words}. Posts answer 503.`,
    key: `not-ready-${name}`,
  };
}

function behind({ readings }: OpsState): Headline | null {
  const groups = Object.entries(readings).filter(([, one]) => isBehind(one));
  const worst = groups.toSorted(([, a], [, b]) => (b.at(-1)?.behind ?? 0) - (a.at(-1)?.behind ?? 0))[0];
  if (!worst) return null;
  const [group, ofGroup] = worst;
  const trend = trendOf(ofGroup);
  const others = groups.length - 1;
  const more = others > 0 ? `; ${others === 1 ? 'another group is' : `${others} other groups are`} behind too` : '';
  return {
    tone: trend === 'shrinking' ? 'warning' : 'bad',
    words: `${group} is ${count(ofGroup.at(-1)?.behind ?? 0, 'record')} behind${TREND_WORDS[trend]}${more}`,
    detail: consequenceOf(group),
    key: `behind-${group}-${trend}-${others}`,
  };
}

const TREND_WORDS = {
  none: '',
  growing: ' and growing',
  shrinking: ' and catching up',
  still: ' and not moving',
} as const satisfies Record<Trend, string>;

function unknownLag({ readings }: OpsState): Headline | null {
  const groups = Object.entries(readings).filter(([, one]) => one.at(-1)?.behind === null);
  if (groups.length === 0) return null;
  const names = groups.map(([group]) => group).join(', ');
  return {
    tone: 'warning',
    words: `Nobody knows how far behind ${names} ${groups.length === 1 ? 'is' : 'are'}`,
    detail: 'The broker didn’t say.',
    key: `unknown-${names}`,
  };
}

function setAside({ letters }: OpsState, now: number): Headline | null {
  const fresh = freshLetters(letters ?? [], now);
  const [newest] = fresh;
  if (!newest) return null;
  return {
    tone: 'warning',
    words: `${count(fresh.length, 'record')} ${fresh.length === 1 ? 'was' : 'were'} set aside`,
    detail: `The newest by ${newest.group}: ${newest.reason}. Mend the cause, then retry below.`,
    key: `set-aside-${fresh.length}`,
  };
}

function allIsWell({ letters, lettersFailure }: OpsState, now: number): Headline {
  if (!letters && !lettersFailure) {
    return { tone: 'unknown', words: 'Every group keeps up', detail: 'Asking what was set aside …', key: 'asking' };
  }
  const waiting = (letters ?? []).filter((one) => one.retriedAt === null).length;
  const old = waiting - freshLetters(letters ?? [], now).length;
  const aside =
    old > 0 ? ` ${count(old, 'record')} from before the last day ${old === 1 ? 'is' : 'are'} set aside.` : '';
  const detail = lettersFailure ? 'But what was set aside can’t be read.' : `Every group keeps up.${aside}`;
  return { tone: lettersFailure ? 'warning' : 'good', words: 'All is well', detail, key: `well-${!lettersFailure}` };
}

/** Records wait, and over the last 20 s not one reading was lower than the one before it. */
function isStuck(readings: readonly Reading[]): boolean {
  const recent = known(readings);
  const last = recent.at(-1);
  if (!last || last.behind === 0) return false;
  const before = recent.findLastIndex((reading) => last.at - reading.at >= STUCK_MS);
  // Two readings with a closed laptop between them say nothing about what lies between.
  if (before < 0 || recent.length - before < STUCK_READINGS) return false;
  return recent.slice(before).every(({ behind: now }, index, all) => now > 0 && now >= (all[index - 1]?.behind ?? 0));
}

function known(readings: readonly Reading[]): { at: number; behind: number }[] {
  return readings.flatMap(({ at, behind: records }) => (records === null ? [] : [{ at, behind: records }]));
}
