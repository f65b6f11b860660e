import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Command, decide, type FriendshipEvent, type Pair, strangers } from './friendship.ts';
import { replay, type Told } from './testing/replay.ts';

const ann = 'ann';
const bob = 'bob';

/** What is between Ann and Bob after these steps, each of which must change something. */
function after(...steps: readonly (readonly [string, Command])[]): Pair {
  return steps.reduce((pair, [who, command]) => {
    const decision = decide(command, pair, who);
    if (decision.kind !== 'changed') throw new Error(`${who} cannot ${command}`);
    return decision.pair;
  }, strangers);
}

const asked = after([ann, 'request']);
const friends = after([ann, 'request'], [bob, 'accept']);
const blocked = after([ann, 'block']);

describe('a step that is allowed', () => {
  test.each<[string, Pair, string, Command, FriendshipEvent, Pair['state']]>([
    ['a stranger asks', strangers, ann, 'request', 'FriendRequestSent', 'requested'],
    ['whoever was asked asks back', asked, bob, 'request', 'FriendAccepted', 'friends'],
    ['whoever was asked accepts', asked, bob, 'accept', 'FriendAccepted', 'friends'],
    ['whoever was asked declines', asked, bob, 'decline', 'FriendDeclined', 'none'],
    ['whoever asked takes it back', asked, ann, 'remove', 'FriendDeclined', 'none'],
    ['one friend leaves', friends, ann, 'remove', 'FriendRemoved', 'none'],
    ['the other friend leaves', friends, bob, 'remove', 'FriendRemoved', 'none'],
    ['a friend is blocked', friends, bob, 'block', 'PersonBlocked', 'none'],
    ['a request is answered by a block', asked, bob, 'block', 'PersonBlocked', 'none'],
    ['a request ends by a block of its sender', asked, ann, 'block', 'PersonBlocked', 'none'],
    ['whoever is blocked blocks too', blocked, bob, 'block', 'PersonBlocked', 'none'],
    ['a block is lifted', blocked, ann, 'unblock', 'PersonUnblocked', 'none'],
  ])('%s', (_, pair, who, command, event, state) => {
    const version = pair.version + 1;
    expect(decide(command, pair, who)).toMatchObject({ kind: 'changed', event, pair: { state, version } });
  });
});

describe('a step that is not', () => {
  test.each<[string, Pair, string, Command, string]>([
    ['to ask a friend', friends, bob, 'request', 'already_friends'],
    ['to ask twice', asked, ann, 'request', 'already_requested'],
    ['to ask whom one blocks', blocked, ann, 'request', 'blocks_other'],
    ['to ask whoever blocks one', blocked, bob, 'request', 'blocked_by_other'],
    ['to ask where both block', after([ann, 'block'], [bob, 'block']), bob, 'request', 'blocks_other'],
    ['to accept what nobody asked', strangers, bob, 'accept', 'no_request'],
    ['to accept twice', friends, bob, 'accept', 'no_request'],
    ["to accept one's own request", asked, ann, 'accept', 'own_request'],
    ["to decline one's own request", asked, ann, 'decline', 'own_request'],
    ['to decline a friend', friends, ann, 'decline', 'no_request'],
    ['to remove a stranger', strangers, ann, 'remove', 'no_friendship'],
    ['to remove whoever asks', asked, bob, 'remove', 'no_friendship'],
    ['to lift a block that is not there', strangers, ann, 'unblock', 'no_block'],
    ['to lift the block of the other', blocked, bob, 'unblock', 'no_block'],
  ])('%s', (_, pair, who, command, why) => {
    expect(decide(command, pair, who)).toEqual({ kind: 'refused', why });
  });

  test('to block twice changes nothing and is no fault', () => {
    expect(decide('block', blocked, ann)).toEqual({ kind: 'unchanged' });
  });
});

/** The reference: who has asked whom, who blocks whom, and whether the two are friends, each kept by itself. */
class Model {
  areFriends = false;
  readonly asking = new Set<string>();
  readonly blocking = new Set<string>();

  /** Whether the command is carried out. */
  run(command: Command, me: string, other: string): boolean {
    switch (command) {
      case 'request':
        if (this.blocking.size > 0 || this.areFriends || this.asking.has(me)) return false;
        this.asking.add(me);
        if (this.asking.has(other)) this.#become(true);
        return true;
      case 'accept':
      case 'decline':
        if (!this.asking.has(other)) return false;
        this.#become(command === 'accept');
        return true;
      case 'remove':
        if (!this.areFriends && !this.asking.has(me)) return false;
        this.#become(false);
        return true;
      case 'block':
        if (this.blocking.has(me)) return false;
        this.#become(false);
        this.blocking.add(me);
        return true;
      case 'unblock':
        return this.blocking.delete(me);
    }
  }

  #become(areFriends: boolean): void {
    this.areFriends = areFriends;
    this.asking.clear();
  }
}

const commands: readonly Command[] = ['request', 'accept', 'decline', 'remove', 'block', 'unblock'];
/** Asking and answering come more often than blocks, so that most runs get somewhere. */
const step = fc.record({
  who: fc.constantFrom(ann, bob),
  command: fc.constantFrom<Command>('request', 'request', 'accept', 'decline', 'remove', 'block', 'unblock', 'unblock'),
  times: fc.integer({ min: 1, max: 3 }),
});

/** Runs the steps, repeats included, against the rules and the model at once. */
function run(steps: readonly { who: string; command: Command; times: number }[]) {
  const model = new Model();
  const told: Told[] = [];
  let pair = strangers;
  for (const { who, command, times } of steps) {
    for (let time = 0; time < times; time++) {
      const decision = decide(command, pair, who);
      expect(decision.kind === 'changed').toBe(model.run(command, who, who === ann ? bob : ann));
      if (decision.kind !== 'changed') continue;
      expect(decision.pair.version).toBe(pair.version + 1);
      pair = decision.pair;
      told.push({ name: decision.event, by: who, version: pair.version });
      expectSame(pair, model);
    }
  }
  return { pair, told };
}

function expectSame(pair: Pair, model: Model): void {
  const [asker = null] = model.asking;
  const state = model.areFriends ? 'friends' : asker ? 'requested' : 'none';
  expect({ ...pair, version: 0 }).toEqual({ state, requestedBy: asker, blockedBy: model.blocking, version: 0 });
  expect(model.asking.size).toBeLessThanOrEqual(1);
  if (pair.blockedBy.size > 0) expect(pair.state).toBe('none');
}

test('any commands of two people in any order, repeats included, keep one state, one version an event, and a log that makes sense', () => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const { pair, told } = run(steps);
      expect(told.map(({ version }) => version)).toEqual(told.map((_, at) => at + 1));
      expect(replay(told)).toEqual(pair);
      expectSensible(told.map(({ name }) => name));
      for (const { name } of told) seen.add(name);
    }),
    { numRuns: 1_000 },
  );
  expect(seen.size).toBe(6);
});

/** Read without the rules: an acceptance or a decline follows a request, a removal an acceptance. */
function expectSensible(log: readonly FriendshipEvent[]): void {
  const between = log.filter((name) => name !== 'PersonUnblocked');
  between.forEach((name, at) => {
    const before = between[at - 1];
    if (name === 'FriendAccepted' || name === 'FriendDeclined') expect(before).toBe('FriendRequestSent');
    else if (name === 'FriendRemoved') expect(before).toBe('FriendAccepted');
    else if (name === 'FriendRequestSent') expect(before).not.toBe('FriendRequestSent');
  });
}

test('crossing requests make a friendship from wherever two people who block nobody stand, but as friends', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 20 }), fc.boolean(), (steps, isAnnFirst) => {
      const { pair } = run(steps);
      fc.pre(pair.blockedBy.size === 0 && pair.state !== 'friends');
      const [first, second] = isAnnFirst ? [ann, bob] : [bob, ann];
      const once = decide('request', pair, first);
      const between = once.kind === 'changed' ? once.pair : pair;
      const twice = between.state === 'friends' ? once : decide('request', between, second);
      expect(twice).toMatchObject({ kind: 'changed', event: 'FriendAccepted', pair: { state: 'friends' } });
    }),
  );
});

test('a decision leaves what it was made on as it was', () => {
  const before = structuredClone({ asked, friends, blocked });
  for (const pair of [asked, friends, blocked]) {
    for (const command of commands) [ann, bob].map((who) => decide(command, pair, who));
  }
  expect({ asked, friends, blocked }).toEqual(before);
});
