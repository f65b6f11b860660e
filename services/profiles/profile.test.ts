import { expect, test } from '@jest/globals';
import { freshId } from '../../shared/ids.ts';
import {
  decideChange,
  decideDeletion,
  firstVersion,
  markedBeforehand,
  newProfile,
  profileUpdated,
  profileUpdatedId,
} from './profile.ts';

const fresh = newProfile(freshId(), 'Ann', 'friends');
const stored = firstVersion(fresh);

test('a change makes the next version, and what it leaves out stays', () => {
  const avatar = freshId();
  const changed = decideChange(stored, { about: 'Hello', avatar });
  expect(changed).toEqual({ ...stored, about: 'Hello', avatar, version: 2 });
  expect(changed && decideChange(changed, { avatar: null })).toEqual({ ...stored, about: 'Hello', version: 3 });
});

test.each([[{}], [{ nickname: 'Ann' }], [{ about: '', avatar: null, messagesFrom: 'friends' as const }]])(
  '%p changes nothing',
  (change) => expect(decideChange(stored, change)).toBeNull(),
);

test('another spelling of the same nickname is a change', () => {
  expect(decideChange(stored, { nickname: 'ANN' })).toEqual({ ...stored, nickname: 'ANN', version: 2 });
});

test('a profile that is not stored yet has something new to say whatever it says', () => {
  expect(decideChange(fresh, {})).toEqual(stored);
});

test('of a deleted person nothing is left but that there was one', () => {
  const said = { ...stored, about: 'Hello', avatar: freshId(), version: 7 };
  expect(decideDeletion(said)).toEqual({ ...stored, nickname: null, status: 'deleted', version: 8 });
});

test('who is marked before they have a profile has nothing of one, until it is made under the mark', () => {
  const mark = markedBeforehand(stored.uuid, 'blocked');
  expect(mark).toEqual({ ...fresh, nickname: null, status: 'blocked' });
  expect(decideDeletion(mark)).toEqual({ ...stored, nickname: null, status: 'deleted' });
  expect(newProfile(stored.uuid, 'Ann', 'friends', mark.status)).toEqual({ ...fresh, status: 'blocked' });
});

test('the event of a version says all of the profile, always under the same id', () => {
  const at = '2026-01-01T00:00:00.000001Z';
  expect(profileUpdated(stored, at)).toEqual({
    ...{ uuid: stored.uuid, nickname: 'Ann', about: '', avatar: null, messages_from: 'friends' },
    ...{ version: 1, updated_at: at },
  });
  expect(profileUpdatedId(stored)).toBe(profileUpdatedId({ ...stored, about: 'x' }));
  expect(profileUpdatedId({ ...stored, version: 2 })).not.toBe(profileUpdatedId(stored));
});
