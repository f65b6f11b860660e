import { expect, test } from '@jest/globals';
import { nextKey } from './intention-key.ts';

test('what is sent again keeps its key, what was changed gets another', () => {
  let made = 0;
  const fresh = () => `k${(made += 1)}`;
  const first = nextKey(null, { phone: '+1' }, fresh);
  const again = nextKey(first, { phone: '+1' }, fresh);
  const changed = nextKey(again, { phone: '+2' }, fresh);
  expect([first, again, changed].map(({ key }) => key)).toEqual(['k1', 'k1', 'k2']);
});
