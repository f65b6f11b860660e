import { createSecretKey } from 'node:crypto';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import jwt from 'jsonwebtoken';
import { decodeEvent, encodeEvent } from './event.ts';
import { freshId } from './ids.ts';
import { createVerifier, TokenError } from './jwt.ts';
import { exampleMessage } from './testing/examples.ts';

const secret = 'a secret of this test alone, long enough';
const none = { publicKey: null, jwks: null, issuer: null, audience: null, own: null };
const verifier = createVerifier({ secret, ...none, now: Date.now });

test('tokens in use are not verified again, however many others come; and an end is an end', async () => {
  let nowMs = 1_800_000_000_000;
  let verified = 0;
  const key = createSecretKey(Buffer.from(secret));
  const jwks = () => Promise.resolve((verified++, { key, algorithms: ['HS256' as const] }));
  const own = createVerifier({ secret: null, ...none, jwks, now: () => nowMs });
  const sign = (sub: string) => jwt.sign({ sub, type: 'client', exp: nowMs / 1_000 + 3_600 }, secret);
  const many = Array.from({ length: 10_000 }, () => sign(freshId()));
  for (let pass = 0; pass < 3; pass++) for (const token of many) await own.verify(token);
  expect(verified).toBe(10_000);
  const kept = many.at(-1) ?? '';
  for (let number = 0; number < 15_000; number++) {
    await own.verify(sign(freshId()));
    if (number % 1_000 === 0) await own.verify(kept);
  }
  await own.verify(kept);
  expect(verified).toBe(25_000);
  nowMs += 3_700_000;
  await expect(own.verify(kept)).rejects.toThrow(TokenError);
  await expect(own.verify(kept)).rejects.toThrow(TokenError);
});

async function nameIn(claim: string): Promise<string> {
  const token = jwt.sign({ sub: freshId(), type: 'client', name: claim }, secret, { expiresIn: 60 });
  return (await verifier.verify(token)).caller.name;
}

test.each([
  ['Vera 👩‍👩‍👧', 'Vera 👩‍👩‍👧'],
  ['Ve\0ra', 'Vera'],
  ['\0', ''],
  ['Vera\ud83d', 'Vera\ufffd'],
  ['\udc00\ud800', '\ufffd\ufffd'],
])('a name %j is taken as %j', async (claim, name) => {
  expect(await nameIn(claim)).toBe(name);
});

test('whatever a name is, a message under it can be written and read', async () => {
  const piece = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('\0', '\ud800', '\udc00', '\\u0000'));
  const claims = fc.array(piece, { maxLength: 5 }).map((pieces) => [...pieces.join('')].slice(0, 100).join(''));
  await fc.assert(
    fc.asyncProperty(claims, async (claim) => {
      const name = await nameIn(claim);
      const payload = exampleMessage({ from: { uuid: freshId(), type: 'client', name } });
      const written = encodeEvent({ id: freshId(), name: 'AddNewMessage', payload, source: 'test', time: new Date() });
      const place = { partition: 0, offset: 0n, timestampMs: 0, value: Buffer.from(String(written.value)) };
      expect(decodeEvent({ ...written, ...place })).toMatchObject({ kind: 'event', event: { payload } });
    }),
    { numRuns: 200 },
  );
});
