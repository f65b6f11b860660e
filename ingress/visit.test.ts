import { expect, test } from '@jest/globals';
import { loggedUrl } from './visit.ts';

test.each([
  ['/chat/goal?owner_id=1&limit=5', '/chat/goal?owner_id=1&limit=5'],
  ['/sign-in?code=abc&state=xyz', '/sign-in?code=[redacted]&state=[redacted]'],
  ['/users?search=ann&after=b', '/users?search=[redacted]&after=b'],
  ['/x?password=hunter&email=a%40b.c&phone=%2B1', '/x?password=[redacted]&email=[redacted]&phone=[redacted]'],
  ['/x?%74oken=abc&owner_id', '/x?%74oken=[redacted]&owner_id'],
  ['/x', '/x'],
])('%s is logged as %s', (url, logged) => {
  expect(loggedUrl(url)).toBe(logged);
});
