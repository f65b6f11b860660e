import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { v5 } from 'uuid';
import { bytesToUuid, derivedId, freshId, intentionId, isUuid, uuidToBytes, uuidToHex } from './ids.ts';

const SUBJECT = '0190d6c4-1111-7000-8000-000000000001';

test('one intention has one id for ever: these values are frozen', () => {
  expect(intentionId('', SUBJECT, 'donation.add', 'key-1')).toBe('94c9adfd-757e-57e2-a04b-874012eb70fa');
  expect(derivedId(SUBJECT, 'ReceiveMoney')).toBe('efecbd6c-574f-57dc-ac9e-e4bb11231ea2');
});

test('another issuer, subject, operation or key is another intention', () => {
  const ids = [
    intentionId('', SUBJECT, 'donation.add', 'key-1'),
    intentionId('rostra', SUBJECT, 'donation.add', 'key-1'),
    intentionId('', freshId(), 'donation.add', 'key-1'),
    intentionId('', SUBJECT, 'message.add', 'key-1'),
    intentionId('', SUBJECT, 'donation.add', 'key-2'),
  ];
  expect(new Set(ids).size).toBe(ids.length);
});

test('parts cannot be shifted from one place to the next', () => {
  expect(intentionId('a', 'b","c', 'd', 'e')).not.toBe(intentionId('a', 'b', 'c","d', 'e'));
});

test('fresh ids are UUIDs of version 7, each another', () => {
  const ids = Array.from({ length: 1_000 }, freshId);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.every((id) => isUuid(id) && id[14] === '7')).toBe(true);
});

test('an id survives the table’s sixteen bytes', () => {
  fc.assert(fc.property(fc.uuid(), (id) => expect(bytesToUuid(uuidToBytes(id))).toBe(id)));
  expect(uuidToBytes(SUBJECT)).toHaveLength(16);
  expect(uuidToHex(SUBJECT).literal).toBe(`x'${uuidToBytes(SUBJECT).toString('hex')}'`);
  for (const other of ['', `${SUBJECT}0`, "x'; DROP TABLE accounts; --"]) expect(() => uuidToHex(other)).toThrow();
});

test.each([null, 7, '', 'x', '0190D6C4-1111-7000-8000-000000000001', `${SUBJECT} `, `{${SUBJECT}}`, SUBJECT.slice(1)])(
  '%p is no UUID in canonical form',
  (text) => expect(isUuid(text)).toBe(false),
);

test('an id of a name is the one that the uuid package gives', () => {
  const namespace = '5e0a1c52-64b7-5a55-8f0e-4d7c0a2b9e37';
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string(), (cause, name) => {
      expect(derivedId(cause, name)).toBe(v5(JSON.stringify([cause, name]), namespace));
    }),
  );
});
