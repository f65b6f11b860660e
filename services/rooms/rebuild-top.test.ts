import { expect, test } from '@jest/globals';
import { decideTop } from './rebuild-top.ts';

const [ann, bob] = ['ann', 'bob'];

test('a holder who has given most keeps the title and its number', () => {
  expect(decideTop({ holder: ann, version: 3 }, { holder: ann, version: 3 }, ann)).toEqual({ holder: ann, version: 3 });
});

test('a change that is not told yet stands', () => {
  expect(decideTop({ holder: ann, version: 3 }, { holder: bob, version: 2 }, ann)).toEqual({ holder: ann, version: 3 });
});

test('another holder gets a number that nobody has seen', () => {
  expect(decideTop({ holder: bob, version: 3 }, { holder: ann, version: 3 }, ann)).toEqual({ holder: ann, version: 4 });
});

test('a title of which all went back is nobody’s', () => {
  expect(decideTop({ holder: ann, version: 3 }, null, null)).toEqual({ holder: null, version: 4 });
  expect(decideTop({ holder: null, version: 4 }, null, null)).toEqual({ holder: null, version: 4 });
});

test('a number that fell behind what was told is told again', () => {
  expect(decideTop({ holder: bob, version: 1 }, { holder: ann, version: 5 }, ann)).toEqual({ holder: ann, version: 5 });
});

test('a title that was lost is as it was told last, or the first', () => {
  expect(decideTop(null, { holder: ann, version: 5 }, ann)).toEqual({ holder: ann, version: 5 });
  expect(decideTop(null, null, ann)).toEqual({ holder: ann, version: 1 });
  expect(decideTop(null, null, null)).toEqual({ holder: null, version: 0 });
});
