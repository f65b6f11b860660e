import { describe, expect, test } from '@jest/globals';
import type { Caller } from '../../shared/endpoint.ts';
import { freshId } from '../../shared/ids.ts';
import { ownRoom, whichRoom } from './which-room.ts';

const [room, other, viewer] = [freshId(), freshId(), freshId()];
const caller = (given: Partial<Caller>): Caller => ({
  ...{ subject: viewer, type: 'client', owner: null, name: 'Vera', issuer: '', scopes: new Set<string>() },
  ...given,
});
const asked: string[] = [];
const ports = {
  async roomExists(ownerId: string) {
    asked.push(ownerId);
    return ownerId === room;
  },
};

describe('which room', () => {
  test('a room token speaks for its room, with no question asked', async () => {
    asked.length = 0;
    await expect(whichRoom(caller({ owner: other }), undefined, ports)).resolves.toBe(other);
    await expect(whichRoom(caller({ owner: other }), other, ports)).resolves.toBe(other);
    expect(asked).toEqual([]);
  });

  test('an owner_id that contradicts a room token is refused, also for a room that exists', async () => {
    await expect(whichRoom(caller({ owner: other }), room, ports)).rejects.toMatchObject({ status: 403 });
  });

  test('a user is at home in their own room, named or not, before it was ever seen', async () => {
    asked.length = 0;
    const user = caller({ type: 'user', subject: other });
    await expect(whichRoom(user, undefined, ports)).resolves.toBe(other);
    await expect(whichRoom(user, other, ports)).resolves.toBe(other);
    expect(asked).toEqual([]);
  });

  test('a user in somebody else’s room is a viewer: it must exist', async () => {
    const user = caller({ type: 'user', subject: other });
    await expect(whichRoom(user, room, ports)).resolves.toBe(room);
    await expect(whichRoom(user, freshId(), ports)).rejects.toMatchObject({ status: 404 });
  });

  test('a viewer without a room token names the room, and it must exist', async () => {
    await expect(whichRoom(caller({}), undefined, ports)).rejects.toMatchObject({ status: 400 });
    await expect(whichRoom(caller({}), room, ports)).resolves.toBe(room);
    await expect(whichRoom(caller({}), viewer, ports)).rejects.toMatchObject({ status: 404 });
  });
});

describe('the own room', () => {
  test.each<[string, Partial<Caller>, string | undefined]>([
    ['a viewer', {}, undefined],
    ['a viewer with a room token', { owner: room }, room],
    ['a user with a token of another room', { type: 'user', subject: other, owner: room }, undefined],
    ['a user who names another room', { type: 'user', subject: other }, room],
  ])('is none for %s', (_, given, ownerId) => {
    expect(() => ownRoom(caller(given), ownerId)).toThrow('forbidden');
  });

  test('is that of a user', () => {
    expect(ownRoom(caller({ type: 'user', subject: room }))).toBe(room);
    expect(ownRoom(caller({ type: 'user', subject: room, owner: room }), room)).toBe(room);
  });
});
