import { createHmac, createSecretKey } from 'node:crypto';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import jwt from 'jsonwebtoken';
import { createHmacVerifier } from './hmac-token.ts';

const key = createSecretKey(Buffer.from('a secret of this test alone, long enough'));
const other = createSecretKey(Buffer.from('another secret of this test, long enough'));
const verify = createHmacVerifier(key);
const nowS = 1_800_000_000;
const rules = { issuer: null, audience: null, nowS, leewayS: 5 };

const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
function signed(header: string, claims: string, by = key): string {
  return `${header}.${claims}.${createHmac('sha256', by).update(`${header}.${claims}`).digest('base64url')}`;
}
const hs256 = part({ alg: 'HS256', typ: 'JWT' });

/** What came of it: the claims as JSON, or that it was refused. */
function outcome(work: () => unknown): string {
  try {
    return JSON.stringify(work());
  } catch {
    return 'refused';
  }
}

const seconds = fc.oneof(
  fc.integer({ min: -7, max: 7 }).map((off) => nowS + off),
  fc.constantFrom<unknown>(null, '1800000000', nowS + 0.5, {}, true),
);
const party = fc.constantFrom<unknown>('site', 'else', ['site'], ['else', 'site'], [], null, 7, ['site,else']);
const claims = fc.record(
  { sub: fc.string(), exp: seconds, nbf: seconds, iss: party, aud: party, name: fc.string({ unit: 'binary' }) },
  { requiredKeys: [] },
);
const headers = fc.constantFrom<unknown>(
  ...[{ alg: 'HS256' }, { alg: 'HS256', typ: 'JWT', kid: 'a' }, { alg: 'hs256' }, { alg: 'none' }, { alg: 'HS512' }],
  ...[{ alg: 'RS256' }, { typ: 'JWT' }, [], null, 'HS256', { alg: ['HS256'] }],
);

test('it takes and refuses what jsonwebtoken does, whatever header, claims, key and spelling', () => {
  const oddities = fc.constantFrom(
    (token: string) => token,
    (token: string) => token.slice(0, -1),
    (token: string) => `${token}=`,
    (token: string) => ` ${token}`,
    (token: string) => `${token}\n`,
    (token: string) => token.replace('.', '..'),
    (token: string) => token.slice(0, token.lastIndexOf('.') + 1),
    (token: string) => `${token}.${token}`,
    (token: string) => token.slice(0, -1) + (token.endsWith('A') ? 'B' : 'A'),
  );
  const given = fc.tuple(headers, claims, fc.boolean(), oddities, fc.boolean(), fc.boolean());
  fc.assert(
    fc.property(given, ([header, body, isOurs, oddity, wantsIssuer, wantsAudience]) => {
      const token = oddity(signed(part(header), part(body), isOurs ? key : other));
      const issuer = wantsIssuer ? 'site' : null;
      const audience = wantsAudience ? 'site' : null;
      const theirs = outcome(() =>
        jwt.verify(token, key, {
          ...{ algorithms: ['HS256'], clockTimestamp: nowS, clockTolerance: 5 },
          ...(issuer && { issuer }),
          ...(audience && { audience }),
        }),
      );
      expect(outcome(() => verify(token, { ...rules, issuer, audience }))).toBe(theirs);
    }),
    { numRuns: 3_000 },
  );
});

test('of the spellings of one signature only the signer’s is taken', () => {
  const token = signed(hs256, part({ sub: 'a' }));
  // The last of 43 characters stands for four bits: three more spellings mean the same bytes.
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  const last = alphabet.indexOf(token.at(-1) as string);
  const spellings = [0, 1, 2, 3].map((bits) => token.slice(0, -1) + alphabet.charAt((last & ~3) | bits));
  expect(spellings.filter((spelling) => outcome(() => verify(spelling, rules)) !== 'refused')).toEqual([token]);
});

test('a header with a critical extension is refused: we know none (RFC 7515, 4.1.11)', () => {
  const token = signed(part({ alg: 'HS256', crit: ['b64'], b64: false }), part({ sub: 'a' }));
  expect(() => verify(token, rules)).toThrow('invalid algorithm');
});

test('claims that are no object are refused', () => {
  for (const body of ['"text"', '7', 'null', '[]', '{', '']) {
    const claimsPart = Buffer.from(body).toString('base64url');
    expect(outcome(() => verify(signed(hs256, claimsPart), rules))).toBe('refused');
  }
});
