import { spawnSync } from 'node:child_process';
import { expect, test } from '@jest/globals';
import jwt from 'jsonwebtoken';
import { routes } from '../ingress/routes.ts';

const secret = 's'.repeat(32);
const sub = '0f1900f1-900f-4190-8f19-00f1900f1900';

function token(words: string[], env: Record<string, string> = { JWT_SECRET: secret }) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [`${import.meta.dirname}/token.ts`, ...words], {
    encoding: 'utf8',
    env: { NODE_OPTIONS: '--disable-warning=ExperimentalWarning', ...env },
  });
  return { status, stdout, stderr };
}

test('prints one token, good for what was asked, and nothing else', () => {
  const words = ['--type', 'user', '--name', 'Finn', '--sub', sub, '--scope', 'ops money:deposit', '--hours', '2'];
  const { status, stdout } = token(words, { JWT_SECRET: secret, JWT_ISSUER: 'site', JWT_AUDIENCE: 'rooms' });
  expect(status).toBe(0);
  const claims = jwt.verify(stdout.trimEnd(), secret, { issuer: 'site', audience: 'rooms' }) as jwt.JwtPayload;
  expect(claims).toMatchObject({ type: 'user', name: 'Finn', sub, scope: 'ops money:deposit' });
  expect((claims.exp ?? 0) - (claims.iat ?? 0)).toBe(7_200);
});

test('somebody new is a viewer for twelve hours', () => {
  const claims = jwt.verify(token([]).stdout.trimEnd(), secret) as jwt.JwtPayload;
  expect(claims.type).toBe('client');
  expect(claims.sub).toMatch(/^[0-9a-f-]{36}$/);
  expect((claims.exp ?? 0) - (claims.iat ?? 0)).toBe(43_200);
});

test.each([
  [['--sub', 'Finn'], 1, 'would be refused'],
  [['--type', 'streamer'], 1, 'would be refused'],
  [['--hours', '0'], 2, 'usage:'],
  [['--nmae', 'Finn'], 2, 'usage:'],
  [['--scope', 'ops nonsense'], 2, 'No such scope: nonsense. Known are ops, money:deposit, '],
])('%j gives no token, but exit code %d and the reason', (words, code, reason) => {
  const { status, stdout, stderr } = token(words);
  expect([status, stdout]).toEqual([code, '']);
  expect(stderr).toContain(reason);
});

test('the help names every scope that a route asks for', () => {
  const { status, stdout, stderr } = token(['--help']);
  expect([status, stderr]).toEqual([0, '']);
  const asked = new Set(routes.flatMap(({ endpoint: { scope } }) => scope ?? []));
  const named = /--scope {3}(.+);/.exec(stdout)?.[1]?.split(', ') ?? [];
  expect(new Set(named)).toEqual(asked);
});
