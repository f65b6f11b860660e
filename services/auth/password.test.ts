import { describe, expect, test } from '@jest/globals';
import { AppError } from '../../shared/errors.ts';
import { boundedQueue } from './bounded-queue.ts';
import { checkPassword, hashPassword, needsRehash, NOBODYS_HASH, verifyPassword } from './password.ts';

const refused = { status: 400, faults: [{ path: '/password' }] };
const fault = (text: string) => {
  try {
    checkPassword(text);
    return null;
  } catch (error) {
    return error;
  }
};

describe('row 55: a password', () => {
  test.each([
    '',
    'seven77',
    '🦊'.repeat(7),
    'password1',
    'PassWord1',
    'qwertyuiop',
    'x'.repeat(257),
    'x'.repeat(10_000),
  ])('%.20s is refused', (text) => {
    expect(fault(text)).toMatchObject(refused);
  });

  test.each([
    'a horse on the moon',
    'x'.repeat(256),
    '🦊'.repeat(256),
    '  leading blanks',
    'пароль-на-луне',
    'a\0b\nc d e',
  ])('%.20s is taken', (text) => {
    expect(fault(text)).toBeNull();
  });

  test('is verified exactly as it was given', async () => {
    const hash = await hashPassword('  Motörhead ');
    expect(hash).toMatch(/^\$argon2id\$v=19\$m=19456,p=1,t=2\$/);
    expect(needsRehash(hash)).toBe(false);
    expect(await verifyPassword(hash, '  Motörhead ')).toBe(true);
    for (const other of ['Motörhead', '  motörhead ', '  Moto\u0308rhead ', '']) {
      expect(await verifyPassword(hash, other)).toBe(false);
    }
  });

  test('of nobody is never right, and costs the same', async () => {
    expect(needsRehash(NOBODYS_HASH)).toBe(false);
    expect(await verifyPassword(null, 'x')).toBe(false);
  });

  test('that was hashed at another cost is to be hashed anew', () => {
    expect(needsRehash(NOBODYS_HASH.replace('m=19456', 'm=4096'))).toBe(true);
  });
});

describe('row 56: of hashes', () => {
  test('two run, fifty wait in order, and one more is refused', async () => {
    const queue = boundedQueue({ code: 'full', atOnce: 2, waiting: 50 });
    let [running, most] = [0, 0];
    const order: number[] = [];
    const work = (number: number) => async () => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setImmediate(resolve));
      running--;
      order.push(number);
    };
    const all = Array.from({ length: 52 }, (_, number) => queue(work(number)));
    await expect(queue(work(52))).rejects.toEqual(new AppError('full', '50 wait already', { retriable: true }));
    await Promise.all(all);
    expect(most).toBe(2);
    expect(order).toEqual(Array.from({ length: 52 }, (_, number) => number));
    await queue(work(53));
  });

  test('one that fails makes room for the next', async () => {
    const queue = boundedQueue({ code: 'full', atOnce: 1, waiting: 1 });
    const failing = queue(() => Promise.reject(new Error('no')));
    const next = queue(async () => 'yes');
    await expect(failing).rejects.toThrow('no');
    expect(await next).toBe('yes');
  });
});
