import { expect, test } from '@jest/globals';
import { challengeOf, decideReturn, type Begun } from './oauth.ts';

const begun: Begun = {
  provider: 'example',
  state: 's1',
  verifier: 'v1',
  redirectUri: 'https://live.example/sign-in',
  next: '/people',
};
const asked = (query: string) => new URLSearchParams(query);

test('the code of what this tab began is exchanged, with the verifier that only it knows', () => {
  expect(decideReturn(asked('code=c1&state=s1&iss=x'), begun)).toEqual({
    type: 'exchange',
    given: {
      provider: 'example',
      code: 'c1',
      state: 's1',
      redirect_uri: 'https://live.example/sign-in',
      code_verifier: 'v1',
      iss: 'x',
    },
    next: '/people',
  });
});

test('a code that this tab did not ask for is not sent anywhere', () => {
  expect(decideReturn(asked('code=c1&state=s2'), begun)).toEqual({ type: 'foreign' });
  expect(decideReturn(asked('code=c1&state=s1'), null)).toEqual({ type: 'foreign' });
  expect(decideReturn(asked('error=access_denied&state=s2'), begun)).toEqual({ type: 'foreign' });
});

test('a no of the provider is a no, and an address without an answer is none', () => {
  expect(decideReturn(asked('error=access_denied&state=s1'), begun)).toEqual({ type: 'declined' });
  expect(['', 'next=/people', 'code=c1', 'state=s1'].map((query) => decideReturn(asked(query), begun).type)).toEqual(
    Array(4).fill('none'),
  );
});

test('the challenge is the one of RFC 7636, appendix B', async () => {
  const verifier = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk';
  expect(await challengeOf(verifier)).toBe('E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM');
});
