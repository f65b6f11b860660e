/** `npm run token -- --type client --name Finn …`: prints a token as your site would sign one. */
import { parseArgs } from 'node:util';
import { freshId } from '../shared/ids.ts';
import { createVerifier, type Verified } from '../shared/jwt.ts';
import { requireNode } from '../shared/shutdown.ts';
import { signingFrom, signToken, type Signing } from './start/token-signing.ts';
import { variablesFor } from './start/running.ts';
import { answerHelp } from './usage.ts';

const MOST_HOURS = 8_760;
const SCOPES = ['ops', 'money:deposit', 'money:payout', 'money:refund'];
const USAGE = `usage: npm run token -- [--type client|user] [--name Finn] [--sub <uuid>] [--owner <uuid>] [--scope "ops …"] [--hours <n>]
  --type    client, a viewer, unless given; user: a streamer, whose room is its own uuid
  --sub     who it is for; somebody new unless given
  --owner   the only room that a client may enter
  --scope   ${SCOPES.join(', ')}; several separated by blanks
  --hours   how long it is good for: 1 to ${MOST_HOURS}; 12 unless given
Exits with 1 where nothing is there to sign with or the product would refuse the token, with 2 where an option is wrong.
It is signed with JWT_SECRET, or with the secret of the "npm start" that runs here.
`;

requireNode();
answerHelp(USAGE);
process.exitCode = await main(process.argv.slice(2));

async function main(words: string[]): Promise<number> {
  const wanted = readWords(words);
  if (wanted === null) return refuse(USAGE, 2);
  const unknown = wanted.scopes.filter((scope) => !SCOPES.includes(scope));
  if (unknown.length > 0) {
    return refuse(`No such scope: ${unknown.join(', ')}. Known are ${SCOPES.join(', ')}.\n`, 2);
  }
  const variables = await variablesFor('JWT_SECRET', process.env);
  const signing = variables && signingFrom(variables);
  if (!signing) {
    return refuse('No secret to sign with: JWT_SECRET is not set, and no "npm start" that has one runs here.\n');
  }
  const token = signToken(signing, wanted.claims, wanted.hours * 3_600);
  try {
    const { caller, expiresAtMs } = await verify(token, signing);
    const { type, name, subject } = caller;
    process.stderr.write(`${type} ${name} ${subject}, until ${new Date(expiresAtMs).toISOString()}\n`);
  } catch (error) {
    return refuse(`Such a token would be refused: ${error instanceof Error ? error.message : String(error)}\n`);
  }
  process.stdout.write(`${token}\n`);
  return 0;
}

interface Wanted {
  readonly claims: object;
  readonly scopes: readonly string[];
  readonly hours: number;
}

function readWords(words: string[]): Wanted | null {
  const text = { type: 'string' } as const;
  try {
    const options = { type: text, name: text, sub: text, owner: text, scope: text, hours: text };
    const {
      type = 'client',
      sub = freshId(),
      hours: given = '12',
      ...others
    } = parseArgs({ args: words, options }).values;
    const hours = /^[1-9][0-9]{0,3}$/.test(given) ? Number(given) : Infinity;
    const scopes = (others.scope ?? '').split(' ').filter(Boolean);
    return hours > MOST_HOURS ? null : { claims: { sub, type, ...others }, scopes, hours };
  } catch {
    return null;
  }
}

/** By the very rules of the product: a token that it would not take is not printed. */
function verify(token: string, { jwtSecret, issuer, audience }: Signing): Promise<Verified> {
  const keys = { secret: jwtSecret, publicKey: null, jwks: null };
  return createVerifier({
    ...keys,
    issuer: issuer ?? null,
    audience: audience ?? null,
    own: null,
    now: Date.now,
  }).verify(token);
}

function refuse(text: string, code = 1): number {
  process.stderr.write(text);
  return code;
}
