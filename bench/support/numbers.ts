import type { Target } from './figure.ts';

/** The middle value; NaN where there is none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? NaN) + upper) / 2;
}

/** The smallest value that at least the share `rank` of all does not exceed (nearest rank); NaN where there is none. */
export function percentile(values: readonly number[], rank: number): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.max(0, Math.ceil(rank * sorted.length) - 1)] ?? NaN;
}

/** Ours ÷ theirs, round by round: what one round suffered, both sides of its ratio suffered. */
export function ratios(ours: readonly number[], theirs: readonly number[]): number[] {
  return ours.map((value, round) => value / (theirs[round] ?? NaN));
}

/** Whether the median holds the bound. */
export function isMet(target: Target, values: readonly number[]): boolean {
  const value = median(values);
  return target.bound === 'at least' ? value >= target.value : value <= target.value;
}

/** A number with three or four digits that mean something: 1234567 → "1,234,567", 0.012345 → "0.0123". */
export function show(value: number): string {
  if (!Number.isFinite(value)) return 'none';
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en-US');
  return String(Number(value.toPrecision(3)));
}

/** "median [least–most]"; only the value where there is one. */
export function showSpread(values: readonly number[]): string {
  if (values.length < 2) return show(median(values));
  return `${show(median(values))} [${show(Math.min(...values))}–${show(Math.max(...values))}]`;
}
