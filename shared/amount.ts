/**
 * Sums of money: `bigint` minor units inside, decimal strings of the currency outside ("15.50").
 * Nothing here, and nothing that calls it, ever holds a sum as a floating-point number.
 */

/** Digits after the point where they differ from two (ISO 4217, list one); a test holds it against Intl. */
const MINOR_DIGITS: Record<string, number> = {
  BHD: 3,
  BIF: 0,
  CLF: 4,
  CLP: 0,
  DJF: 0,
  GNF: 0,
  IQD: 3,
  ISK: 0,
  JOD: 3,
  JPY: 0,
  KMF: 0,
  KRW: 0,
  KWD: 3,
  LYD: 3,
  OMR: 3,
  PYG: 0,
  RWF: 0,
  TND: 3,
  UGX: 0,
  UYI: 0,
  UYW: 4,
  VND: 0,
  VUV: 0,
  XAF: 0,
  XOF: 0,
  XPF: 0,
};

const DECIMAL = /^(0|[1-9][0-9]{0,15})(?:\.([0-9]{1,4}))?$/;

/** Digits after the decimal point of an ISO 4217 code. */
export function minorDigits(currency: string): number {
  return MINOR_DIGITS[currency] ?? 2;
}

/** True for what can be a currency code: three capital letters that Intl knows. */
export function isCurrency(code: string): boolean {
  return /^[A-Z]{3}$/.test(code) && Intl.supportedValuesOf('currency').includes(code);
}

/**
 * Decimal text ("15.5", "15.50") → minor units, or null where the text is no plain decimal or has more digits than
 * the currency. Signs, exponents, blanks, leading zeros and separators are refused.
 */
export function parseAmount(text: string, currency: string): bigint | null {
  const match = DECIMAL.exec(text);
  if (!match) return null;
  const digits = minorDigits(currency);
  const fraction = match[2] ?? '';
  if (fraction.length > digits) return null;
  return BigInt(match[1] + fraction.padEnd(digits, '0'));
}

/**
 * A sum as a client may send it, a JSON number or a decimal string → minor units, or null. A number is read by its
 * shortest text, so 15.5 is exact and 0.1+0.2 (0.30000000000000004) is refused.
 */
export function parseClientAmount(value: unknown, currency: string): bigint | null {
  if (typeof value === 'number') return parseAmount(String(value), currency);
  return typeof value === 'string' ? parseAmount(value, currency) : null;
}

/**
 * A sum as a client may send it, above 0 and at most `maximum` (minor units), as decimal text of the currency; or why it
 * is none, in words.
 */
export function checkClientAmount(
  value: number | string,
  currency: string,
  maximum: bigint,
): { readonly sum: string } | { readonly fault: string } {
  const minor = parseClientAmount(value, currency);
  if (minor !== null && minor > 0n && minor <= maximum) return { sum: formatAmount(minor, currency) };
  const fraction = /^(?:0|[1-9][0-9]*)\.([0-9]+)$/.exec(String(value))?.[1] ?? '';
  if (fraction.length > minorDigits(currency)) return { fault: `has more decimals than ${currency}` };
  return { fault: `must be a sum of ${currency} above 0 and at most ${formatAmount(maximum, currency)}` };
}

/** Minor units → decimal text with all digits of the currency: 1550n USD → "15.50", -5n USD → "-0.05". */
export function formatAmount(minor: bigint, currency: string): string {
  const digits = minorDigits(currency);
  const sign = minor < 0n ? '-' : '';
  const text = (minor < 0n ? -minor : minor).toString().padStart(digits + 1, '0');
  return digits === 0 ? sign + text : `${sign}${text.slice(0, -digits)}.${text.slice(-digits)}`;
}

/** The largest sum of one donation, deposit or payout: 1,000,000 of the currency, in minor units. */
export function maximumSum(currency: string): bigint {
  return 1_000_000n * 10n ** BigInt(minorDigits(currency));
}
