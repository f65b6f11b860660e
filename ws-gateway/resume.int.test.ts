import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { ReceivedFrame, TestClient } from './testing/client.ts';
import { type Fixture, openFixture } from './testing/fixture.ts';
import { type Running, viewer } from './testing/gateways.ts';

let fixture: Fixture;
let here: Running;
let there: Running;

beforeAll(async () => {
  fixture = await openFixture();
  [here, there] = await Promise.all([fixture.run(), fixture.run()]);
}, 60_000);

afterEach(() => fixture.leaveAll());

afterAll(() => fixture.close(), 60_000);

const withId = (id: string | undefined) => (frame: ReceivedFrame) => frame['id'] === id;
const values = (client: TestClient) => client.events.map(({ value }) => value);

describe('a client that comes back', () => {
  test.each(['the same', 'the other'])(
    'is given what it missed, and its private frames, by %s gateway',
    async (which) => {
      const [ownerId, sender, other] = [fixture.room(), viewer(), viewer()];
      const first = await fixture.connect(here, sender, `/room/${ownerId}`);
      const [seen] = await fixture.say(ownerId, ['seen']);
      const { seq } = await first.next(withId(seen));
      const { epoch } = await first.next(({ topic }) => topic === `room:${ownerId}`);
      first.leave();
      await fixture.say(ownerId, ['missed']);
      await fixture.say(ownerId, ['between us'], [sender.sub, ownerId]);
      const [last] = await fixture.say(ownerId, ['missed too']);
      const gateway = which === 'the same' ? here : there;
      const watch = await fixture.connect(gateway);
      await watch.subscribe(`room:${ownerId}`, { epoch, seq });
      await watch.next(withId(last));
      const [own, foreign] = [await fixture.connect(gateway, sender), await fixture.connect(gateway, other)];
      const answers = [
        await own.subscribe(`room:${ownerId}`, { epoch, seq }),
        await foreign.subscribe(`room:${ownerId}`, { epoch, seq }),
      ];
      expect(answers.map(({ recovered, count }) => [recovered, count])).toEqual([
        [true, 3],
        [true, 2],
      ]);
      const [live] = await fixture.say(ownerId, ['live']);
      await Promise.all([own.next(withId(live)), foreign.next(withId(live))]);
      expect(values(own)).toEqual(['missed', 'between us', 'missed too', 'live']);
      expect(values(foreign)).toEqual(['missed', 'missed too', 'live']);
    },
  );

  test('to a topic that it is in already is answered from its position as well', async () => {
    const ownerId = fixture.room();
    const client = await fixture.connect(here, viewer(), `/room/${ownerId}`);
    const { epoch, seq } = await client.next(({ topic }) => topic === `room:${ownerId}`);
    const [id] = await fixture.say(ownerId, ['one']);
    await client.next(withId(id));
    expect(await client.subscribe(`room:${ownerId}`, { epoch, seq })).toMatchObject({ recovered: true, count: 1 });
    await client.settled();
    expect(values(client)).toEqual(['one', 'one']);
  });

  test('to a gateway that has just started is given what was said before that gateway lived', async () => {
    const ownerId = fixture.room();
    const client = await fixture.connect(here, viewer(), `/room/${ownerId}`);
    const { epoch, seq } = await client.next(({ topic }) => topic === `room:${ownerId}`);
    const [last] = (await fixture.say(ownerId, ['one', 'two'])).slice(-1);
    await client.next(withId(last));
    const fresh = await fixture.run();
    const again = await fixture.connect(fresh);
    expect(await again.subscribe(`room:${ownerId}`, { epoch, seq })).toMatchObject({ recovered: true, count: 2 });
    await again.settled();
    expect(values(again)).toEqual(['one', 'two']);
    await fresh.drain();
  });
});

describe('row 46: a resume', () => {
  test.each([
    ['from another epoch', (epoch: string, seq: number) => ({ epoch: `${epoch}9`, seq })],
    ['from another partition', (_: string, seq: number) => ({ epoch: 'g1.99', seq })],
    ['past the end of the log', (epoch: string, seq: number) => ({ epoch, seq: seq + 1_000_000 })],
  ])('%s is not recovered', async (_, position) => {
    const known = fixture.room();
    const client = await fixture.connect(here);
    const { epoch, seq } = await client.subscribe(`room:${known}`);
    const answer = await client.subscribe(`room:${known}`, position(String(epoch), Number(seq)));
    expect(answer).toMatchObject({ recovered: false, count: 0, epoch, seq });
  });

  test.each([-1, 2 ** 64, 1.5, '1', null])('from the position %p is an error', async (seq) => {
    const client = await fixture.connect(here);
    expect(await client.subscribe(`room:${fixture.room()}`, { epoch: 'g1.0', seq })).toMatchObject({
      type: 'error',
      code: 400,
    });
    expect(client.ofType('subscribed')).toHaveLength(1);
  });
});
