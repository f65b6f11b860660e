import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  checkClientAmount,
  formatAmount,
  isCurrency,
  maximumSum,
  minorDigits,
  parseAmount,
  parseClientAmount,
} from './amount.ts';

describe('digits of a currency', () => {
  // Intl counts the digits that are in daily use (CLDR); these have more minor units in ISO 4217, which money follows.
  const moreInIso = 'AFN ALL COP HUF IDR IQD IRR KPW LAK LBP MGA MMK PKR SLL SOS SYP YER'.split(' ');

  test('agree with Intl for every currency that it knows, save where ISO 4217 has more', () => {
    const differing = Intl.supportedValuesOf('currency').filter((code) => {
      const format = new Intl.NumberFormat('en', { style: 'currency', currency: code });
      return format.resolvedOptions().maximumFractionDigits !== minorDigits(code);
    });
    expect(differing).toEqual(moreInIso);
    expect(moreInIso.map(minorDigits)).toEqual(moreInIso.map((code) => (code === 'IQD' ? 3 : 2)));
  });

  test('know the usual, the yen and the dinar', () => {
    expect(['USD', 'JPY', 'KWD', 'UYW'].map(minorDigits)).toEqual([2, 0, 3, 4]);
  });

  test('belong to real codes only', () => {
    expect(['USD', 'EUR', 'JPY'].every(isCurrency)).toBe(true);
    expect(['usd', 'US', 'DOLLAR', 'QQQ', '', '__proto__'].some(isCurrency)).toBe(false);
  });
});

describe('reading a sum', () => {
  test.each([
    ['15.5', 'USD', 1550n],
    ['15.50', 'USD', 1550n],
    ['0.01', 'USD', 1n],
    ['0', 'USD', 0n],
    ['1000000', 'JPY', 1_000_000n],
    ['1.234', 'KWD', 1234n],
    ['9999999999999999.99', 'USD', 999999999999999999n],
  ])('%s %s', (text, currency, minor) => expect(parseAmount(text, currency)).toBe(minor));

  test.each([
    '-1', '+1', '01', '1.', '.5', '1.234', '1e3', ' 1', '1 ', '1,5', '1_000', '0x10', 'NaN', 'Infinity', '',
    '12345678901234567', '1.2.3', '١', '1\n', '15.5 USD',
  ])('refuses %j', (text) => expect(parseAmount(text, 'USD')).toBeNull()); // prettier-ignore

  test('has no place for decimals where the currency has none', () => {
    expect(parseAmount('15.0', 'JPY')).toBeNull();
  });

  test.each([
    [15.5, 1550n],
    ['15.5', 1550n],
    [0.07, 7n],
    [1_000_000, 100_000_000n],
    [-0, 0n],
  ])('takes a client’s %p', (value, minor) => expect(parseClientAmount(value, 'USD')).toBe(minor));

  test.each([0.1 + 0.2, 1e-7, 1e21, -1, NaN, Infinity, null, undefined, true, [15], {}, '1e2', 1000000.001])(
    'refuses a client’s %p',
    (value) => expect(parseClientAmount(value, 'USD')).toBeNull(),
  );

  const beyond = 'must be a sum of USD above 0 and at most 5.00';
  test.each([
    ['0.001', 'has more decimals than USD'],
    [0.1 + 0.2, 'has more decimals than USD'],
    [0, beyond],
    ['-0.001', beyond],
    ['01.001', beyond],
    ['5.01', beyond],
    ['five', beyond],
  ])('says why %p is none that it takes', (value, fault) =>
    expect(checkClientAmount(value, 'USD', 500n)).toEqual({ fault }),
  );

  test('gives what it takes as the events say it', () => {
    expect(checkClientAmount(5, 'USD', 500n)).toEqual({ sum: '5.00' });
    expect(checkClientAmount('0.01', 'USD', 500n)).toEqual({ sum: '0.01' });
  });
});

describe('properties', () => {
  const currency = fc.constantFrom('USD', 'JPY', 'KWD', 'UYW');

  test('what is written is read as the same sum', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 16n - 1n }), currency, (minor, code) => {
        expect(parseAmount(formatAmount(minor, code), code)).toBe(minor);
      }),
      { numRuns: 500 },
    );
  });

  test('a negative sum is written as its counterpart with a sign', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: 10n ** 18n }), currency, (minor, code) => {
        expect(formatAmount(-minor, code)).toBe(`-${formatAmount(minor, code)}`);
      }),
      { numRuns: 500 },
    );
  });

  test('no text is read as another sum than the one it spells', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[0-9.+\-e ]{0,12}$/), currency, (text, code) => {
        const minor = parseAmount(text, code);
        if (minor === null) return;
        // The independent reading: as a fraction of integers, never as a float.
        const [whole = '', fraction = ''] = text.split('.');
        const scale = 10n ** BigInt(minorDigits(code));
        expect(minor * 10n ** BigInt(fraction.length)).toBe(BigInt(whole + fraction) * scale);
      }),
      { numRuns: 500 },
    );
  });

  test('a number that a client writes with the currency’s digits is exact', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100_000_000 }), (cents) => {
        const number = JSON.parse(`${Math.trunc(cents / 100)}.${String(cents % 100).padStart(2, '0')}`) as number;
        expect(parseClientAmount(number, 'USD')).toBe(BigInt(cents));
      }),
      { numRuns: 500 },
    );
  });

  test('the largest sum is a million of the currency', () => {
    expect(['USD', 'JPY', 'KWD'].map(maximumSum)).toEqual([100_000_000n, 1_000_000n, 1_000_000_000n]);
  });
});
