import { createSecretKey, type KeyObject, randomBytes, randomUUID } from 'node:crypto';
import jwt from 'jsonwebtoken';
import { createVerifier } from '../shared/jwt.ts';
import { alternate, atMost, type Bench, type Figure, type Outcome } from './support/figure.ts';

const algorithms: jwt.Algorithm[] = ['HS256'];

/** What it costs to verify a bearer token that was seen before, and one that was not. */
export const verifyCost: Figure = { id: 'B2', title: 'Verifying a token', run };

interface Contestant {
  readonly name: string;
  /** Tokens verified in one measurement. */
  readonly count: number;
  /** Whether it has seen each token before. */
  readonly isRepeated: boolean;
  create(): (token: string) => unknown;
}

async function run({ quick, rounds }: Bench): Promise<Outcome> {
  const secret = randomBytes(32).toString('hex');
  const many = quick ? 200 : 9_000;
  const ours = { count: many, create: () => ourVerifier(secret) };
  const repeated: Contestant = { ...ours, name: 'repeated', isRepeated: true };
  const first: Contestant = { ...ours, name: 'first', isRepeated: false };
  const peers = [
    plain('jsonwebtoken, KeyObject', createSecretKey(Buffer.from(secret)), many),
    plain('jsonwebtoken, string', secret, quick ? 20 : 500),
  ];
  const all = [repeated, first, ...peers];
  await alternate(1, all, (one) => microseconds(one, secret)); // warms the compiler up
  const results = await alternate(rounds, all, (one) => microseconds(one, secret));
  const values = (one: Contestant) => results.get(one) ?? [];
  const compared = peers.map((peer) => ({ name: peer.name, values: values(peer) }));
  return {
    measures: [
      { what: 'a token seen before', unit: 'µs', ours: values(repeated), peers: compared, limit: atMost(2) },
      { what: 'a token seen for the first time', unit: 'µs', ours: values(first), peers: compared, limit: atMost(8) },
    ],
    skipped: [],
    notes: ['ours checks the claims by schema too; the peers check signature and expiry only'],
  };
}

function plain(name: string, key: string | KeyObject, count: number): Contestant {
  return { name, count, isRepeated: false, create: () => (token) => jwt.verify(token, key, { algorithms }) };
}

function ourVerifier(secret: string): (token: string) => unknown {
  const verifier = createVerifier({
    ...{ secret, publicKey: null, jwks: null, issuer: null, audience: null, own: null, now: Date.now },
  });
  return (token) => verifier.verify(token);
}

async function microseconds({ count, isRepeated, create }: Contestant, secret: string): Promise<number> {
  const tokens = Array.from({ length: count }, () => sign(secret));
  const verify = create();
  if (isRepeated) for (const token of tokens) await verify(token);
  const from = performance.now();
  for (const token of tokens) await verify(token);
  return ((performance.now() - from) * 1_000) / count;
}

function sign(secret: string): string {
  const claims = { sub: randomUUID(), type: 'client', owner: randomUUID(), name: 'Finn' };
  return jwt.sign(claims, secret, { algorithm: 'HS256', expiresIn: 3_600 });
}
