import { expect, test } from '@jest/globals';
import { cacheYes } from './yes-cache.ts';

/** A question with its answers prepared, and a clock that stands still until it is moved. */
function ask(answers: (boolean | Error)[]) {
  const asked: string[] = [];
  const time = { ms: 1_000 };
  const question = async (key: string) => {
    asked.push(key);
    const answer = answers.shift();
    if (answer instanceof Error) throw answer;
    return answer ?? false;
  };
  return { asked, time, known: cacheYes(question, 60_000, () => time.ms) };
}

test('a yes is remembered for its time, and then asked for again', async () => {
  const { asked, time, known } = ask([true, true]);
  expect([await known('a'), await known('a')]).toEqual([true, true]);
  time.ms += 59_999;
  await known('a');
  expect(asked).toHaveLength(1);
  time.ms += 1;
  expect(await known('a')).toBe(true);
  expect(asked).toHaveLength(2);
});

test('a no is not remembered', async () => {
  const { asked, known } = ask([false, true]);
  expect([await known('a'), await known('a')]).toEqual([false, true]);
  expect(asked).toEqual(['a', 'a']);
});

test('those who ask at once share one question and its answer', async () => {
  const { asked, known } = ask([true]);
  expect(await Promise.all([known('a'), known('a'), known('a')])).toEqual([true, true, true]);
  expect(asked).toEqual(['a']);
});

test('a question that fails fails for those who asked, and the next asks again', async () => {
  const { known } = ask([new Error('away'), true]);
  const [one, two] = await Promise.allSettled([known('a'), known('a')]);
  expect([one.status, two.status]).toEqual(['rejected', 'rejected']);
  expect(await known('a')).toBe(true);
});

test('keys do not share answers', async () => {
  const { known } = ask([true, false]);
  expect([await known('a'), await known('b')]).toEqual([true, false]);
});
