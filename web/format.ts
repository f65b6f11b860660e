/** Sums and times as this person's browser writes them. */

/** A decimal string of a currency → "$15.50"; exact, since the text itself is formatted and not a number. */
export function money(sum: string, currency: string): string {
  if (!/^-?\d+(\.\d+)?$/.test(sum)) return `${sum} ${currency}`.trim();
  const format = new Intl.NumberFormat(undefined, { style: 'currency', currency: currency || 'USD' });
  return format.format(sum as Intl.StringNumericLiteral);
}

export function time(createdAt: string): string {
  const date = new Date(createdAt);
  return Number.isNaN(date.getTime()) ? '' : date.toLocaleTimeString(undefined, { hour: '2-digit', minute: '2-digit' });
}

/** "12 Mar 2030"; "" for what is no time. */
export function day(createdAt: string): string {
  const date = new Date(createdAt);
  return Number.isNaN(date.getTime()) ? '' : date.toLocaleDateString(undefined, { dateStyle: 'medium' });
}

/** To the second, as one compares it with a log; with its day where that is not today. */
export function moment(at: string | number, now = new Date()): string {
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return '';
  const clock = { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' } as const;
  if (date.toDateString() === now.toDateString()) return date.toLocaleTimeString(undefined, clock);
  return date.toLocaleString(undefined, { day: 'numeric', month: 'short', ...clock });
}

/** "1 record", "1,240 records". @param noun takes an s in the plural */
export function count(number: number, noun: string): string {
  return `${number.toLocaleString()} ${noun}${number === 1 ? '' : 's'}`;
}

/** What somebody typed as a sum → the decimal text to send, or null where it can be none of this currency. */
export function readSum(typed: string, currency: string): string | null {
  const text = typed
    .trim()
    .replace(',', '.')
    .replace(/^\./, '0.')
    .replace(/^0+(?=\d)/, '');
  const match = /^\d{1,7}(?:\.(\d+))?$/.exec(text);
  if (!match || (match[1]?.length ?? 0) > currencyDigits(currency)) return null;
  return Number(text) > 0 && Number(text) <= 1_000_000 ? text : null;
}

/** Whole percent of the way, never above 100; for a bar's length, not for any reckoning. */
export function percent(sum: string, requireSum: string): number {
  const share = Number(sum) / Number(requireSum);
  return Number.isFinite(share) ? Math.min(100, Math.max(0, Math.floor(share * 100))) : 0;
}

/** Characters as people and the server count them: an emoji of four bytes is one, not two. */
export function characters(text: string): number {
  return [...text].length;
}

function currencyDigits(currency: string): number {
  const format = new Intl.NumberFormat('en', { style: 'currency', currency: currency || 'USD' });
  return format.resolvedOptions().maximumFractionDigits ?? 2;
}
