import { expect, test } from '@jest/globals';
import { header } from '../../shared/event.ts';
import { freshId } from '../../shared/ids.ts';
import type { InRecord } from '../../shared/kafka.ts';
import { checkSources, noteSource } from './sources.ts';
import { checkTexts, textsIn } from './texts.ts';

const room = freshId();
const [first, second, third] = [freshId(), freshId(), freshId()];

function recordOf(id: string, more: Record<string, string> = {}): InRecord {
  const from = { uuid: freshId(), type: 'client', name: 'Ann' };
  const payload = { message_id: id, owner_id: room, from, value: 'hello', is_public: true };
  return {
    ...{ topic: 'rooms', partition: 0, offset: 0n, key: room, timestampMs: Date.now() },
    value: Buffer.from(JSON.stringify({ ...payload, created_at: new Date().toISOString() })),
    headers: {
      ...{ [header.id]: id, [header.type]: 'AddNewMessage', [header.time]: new Date().toISOString() },
      ...{ [header.schema]: 'urn:rostra:event:AddNewMessage:1', ...more },
    },
  };
}

function misplaced(events: readonly InRecord[], frames: readonly string[]): string[] {
  const source = noteSource();
  for (const event of events) source.note(event);
  return checkSources(new Map([[room, frames.map((id) => ({ id }))]]), [source.order()]);
}

test('of events and frames that come twice the first ones are held against each other', () => {
  const events = [first, second, first, third, second].map((id) => recordOf(id));
  expect(misplaced(events, [first, second, first, second, third, first])).toEqual([]);
  expect(misplaced(events, [second, first, second, third])).toEqual([
    `I7 in the log in another order than their events: ${first}, 1 in all`,
  ]);
});

test('what was set aside, poison and unknown frames have no place in the order', () => {
  const retry = recordOf(first, { [header.onlyGroup]: 'queue-to-ws' });
  const events = [recordOf(first), recordOf(second), recordOf(third), retry, recordOf(first)];
  expect(misplaced(events, [second, freshId(), first, third])).toEqual([]);
  const poison = { ...recordOf(third), value: Buffer.from('no JSON') };
  expect(misplaced([poison, recordOf(first), recordOf(second)], [first, second, third])).toEqual([]);
});

test('what somebody has written is known by its whole key, wherever it stands', () => {
  const body = JSON.stringify({ type: 'donate', message: 'comment 7-12', note: { value: 'so: message 7-1' } });
  expect(textsIn(body)).toEqual(['comment 7-12', 'message 7-1']);
  expect(textsIn('{"type":"message","message":"hello"}')).toEqual([]);
  const asked = (kind: 'message' | 'donation', key: string) => ({
    ...{ kind, key, by: '', room: '', sum: 0n, isPrivate: true, dueAtMs: 0, answers: new Map<number, number>() },
    ...{ id: null, confirmedAtMs: 0, refused: 0 },
  });
  const texts = textsIn(body).map((text) => [text, 'here'] as const);
  const secret = [asked('donation', '7-1'), asked('message', '7-12'), asked('donation', '7-120')];
  expect(checkTexts(secret, texts, 'frames')).toEqual([]);
  expect(checkTexts([asked('donation', '7-12')], texts, 'frames')).toEqual([
    'I11 private texts in public frames: here, 1 in all',
  ]);
});
