import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { nicknameFault } from '../../shared/nickname.ts';
import { type TestDatabase, testDatabase } from '../../shared/testing/database.ts';

let on: TestDatabase;
beforeAll(async () => {
  on = await testDatabase('profiles');
});
afterAll(() => on.drop());

type Pair = readonly [string, string];
const PAIRS_A_STATEMENT = 2_000;

/** The pairs whose two texts the collation of nicknames tells apart. */
async function toldApart(pairs: readonly Pair[]): Promise<Pair[]> {
  const apart: Pair[] = [];
  for (let at = 0; at < pairs.length; at += PAIRS_A_STATEMENT) {
    const rows = await on.database.select<{ one: string; other: string }>(
      "SELECT one, other FROM JSON_TABLE(?, '$[*]' COLUMNS (one VARCHAR(64) PATH '$[0]', other VARCHAR(64) PATH '$[1]'))" +
        ' AS pairs WHERE one <> other COLLATE utf8mb4_unicode_520_ci',
      [JSON.stringify(pairs.slice(at, at + PAIRS_A_STATEMENT))],
    );
    apart.push(...rows.map(({ one, other }) => [one, other] as const));
  }
  return apart;
}

/** Numbers below 1 that look random and are the same in each run. */
function numbersFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const INVISIBLE = /[\p{Default_Ignorable_Code_Point}\p{Cf}\u2800\uFFFC\u{1D159}\u{16FE4}]/gu;
const everyCharacter = Array.from({ length: 0x11_00_00 }, (_, code) => code)
  .filter((code) => code < 0xd8_00 || code > 0xdf_ff)
  .map((code) => String.fromCodePoint(code));
/** Letters, marks, emoji and numbers of many kinds, and twice as often what belongs to the rarer rules. */
const SEEN = [
  ...'abzßÉaΩяйبپمخاىकषरশর্যලශ්රීகொேதமமெംഷ്ทเก้กุ安김ㄱ가あガမြနခមែབོད',
  ...['\u0301', '\u064E', '\u0651', '\u093C', '\u094D', '\u0BBE', '\u0BD7', '\u0E31', '\u20E3', '1', '#', '-', ' '],
  ...['😀', '\u2764', '\u{1F468}', '\u{1F469}', '\u{1F3FD}', '\u{1F3F3}', '\u{1F308}', '\u2640', '🇺', '🇳', '©'],
];
const unseen = [...'\u200C\u200D\u200C\u200D\uFE0F\uFE0F\uFE0E', ...'\u00AD\u061C\u200B\u2060\u3164\u180E\u{E0061}'];

test('the nicknames are compared by the collation that these tests ask', async () => {
  const [column] = await on.database.select(
    'SELECT COLLATION_NAME AS collation FROM information_schema.COLUMNS ' +
      "WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'profiles' AND COLUMN_NAME = 'nickname'",
  );
  expect(column).toEqual({ collation: 'utf8mb4_unicode_520_ci' });
  expect(await toldApart([['Ann', 'ánn'], ...([['A\u00ADnn', 'Ann']] as const)])).toEqual([['A\u00ADnn', 'Ann']]);
});

test('whichever invisible character a nickname may have, the database looks away from it', async () => {
  const around = [
    ...[
      ['A', 'b'],
      ['я', 'я'],
      ['م', 'خ'],
      ['क\u094D', 'ष'],
      ['র', '\u09CDয'],
      ['เ', 'ก'],
      ['安', '安'],
      ['가', '가'],
    ],
    ...[
      ['\u0B92', '\u0BD7'],
      ['😀', '😀'],
      ['\u{1F469}\u{1F3FD}', '\u{1F468}'],
      ['\u2764', ''],
      ['1', '\u20E3'],
    ],
  ] as const;
  const invisible = everyCharacter.filter((character) => character.search(INVISIBLE) === 0);
  const pairs = around.flatMap(([before = '', after = '']) =>
    invisible.map((character) => [before + character + after, before + after] as const),
  );
  const allowed = pairs.filter(([nickname]) => nicknameFault(nickname) === null);
  expect(allowed.length).toBeGreaterThan(15);
  expect(await toldApart(allowed)).toEqual([]);
});

test('of 1,000 nicknames with invisible characters, each is the same without them to the database', async () => {
  const next = numbersFrom(20_260_101);
  const pick = (from: readonly string[]) => from[Math.floor(next() * from.length)] ?? '';
  const nicknames = new Set<string>();
  for (let tried = 0; nicknames.size < 1_000 && tried < 1_000_000; tried++) {
    const length = 2 + Math.floor(next() * 9);
    const text = Array.from({ length }, () => pick(next() < 0.3 ? unseen : SEEN)).join('');
    if (text.search(INVISIBLE) >= 0 && nicknameFault(text) === null) nicknames.add(text);
  }
  expect(nicknames.size).toBe(1_000);
  expect(await toldApart([...nicknames].map((text) => [text, text.replaceAll(INVISIBLE, '')]))).toEqual([]);
});

test('two nicknames that Unicode holds to be one text are one to the database', async () => {
  const pairs = everyCharacter.flatMap((character) =>
    ['NFC', 'NFD'].flatMap((form) =>
      ['', 'X', 'ක'].map((before) => [before + character, before + character.normalize(form)] as const),
    ),
  );
  const twins = pairs.filter(([one, other]) => one !== other && !nicknameFault(one) && !nicknameFault(other));
  expect(twins.length).toBeGreaterThan(1_000);
  expect(await toldApart(twins)).toEqual([]);
});
