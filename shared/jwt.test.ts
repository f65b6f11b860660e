import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import jwt from 'jsonwebtoken';
import { decodeEvent, encodeEvent } from './event.ts';
import { freshId } from './ids.ts';
import { createVerifier } from './jwt.ts';
import { exampleMessage } from './testing/examples.ts';

const secret = 'a secret of this test alone, long enough';
const none = { publicKey: null, jwks: null, issuer: null, audience: null, own: null };
const verifier = createVerifier({ secret, ...none, now: Date.now });

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
