import type { Figure, Measure, Outcome, Peer, Target } from './figure.ts';
import { isMet, median, ratios, showSpread } from './numbers.ts';

export interface Result {
  readonly figure: Pick<Figure, 'id' | 'title'>;
  /** null where it failed. */
  readonly outcome: Outcome | null;
  readonly failure: string | null;
}

/** A line: figure, measure, ours, peer, the peer's, ratio, target, met. */
type Line = readonly [string, string, string, string, string, string, string, string];

const HEAD: Line = ['figure', 'measure', 'ours', 'peer', "peer's", 'ours ÷ peer', 'target', 'met'];

export function linesOf({ figure, outcome }: Result): Line[] {
  return (outcome?.measures ?? []).flatMap((measure) => [
    ...(measure.limit || measure.peers.length === 0 ? [ownLine(figure.id, measure)] : []),
    ...measure.peers.map((peer) => peerLine(figure.id, measure, peer)),
  ]);
}

function ownLine(id: string, { what, unit, ours, limit }: Measure): Line {
  return [
    id,
    `${what} (${unit})`,
    showSpread(ours),
    '',
    '',
    '',
    limit ? showTarget(limit, unit) : '',
    met(limit, ours),
  ];
}

function peerLine(id: string, { what, unit, ours }: Measure, { name, values, target }: Peer): Line {
  const ratio = ratios(ours, values);
  const wanted = target ? showTarget(target, 'x') : '';
  const peers = showSpread(values);
  return [id, `${what} (${unit})`, showSpread(ours), name, peers, `${showSpread(ratio)}x`, wanted, met(target, ratio)];
}

function showTarget({ bound, value }: Target, unit: string): string {
  return `${bound === 'at least' ? '≥' : '≤'} ${value}${unit === 'x' ? 'x' : ` ${unit}`}`;
}

function met(target: Target | undefined, values: readonly number[]): string {
  return target ? (isMet(target, values) ? 'yes' : 'NO') : '';
}

/** The table as a terminal shows it. */
export function plainTable(results: readonly Result[]): string {
  const lines = [HEAD, ...results.flatMap(linesOf)];
  const widths = HEAD.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** The table for docs/benchmarks.md. */
export function markdownTable(results: readonly Result[]): string {
  const rows = results.flatMap(linesOf).map((line) => `| ${line.join(' | ')} |`);
  return [`| ${HEAD.join(' | ')} |`, `|${HEAD.map(() => '---').join('|')}|`, ...rows].join('\n');
}

/** What was left out, what went wrong, and what a reader must know, a line each. */
export function remarks(results: readonly Result[]): string[] {
  return results.flatMap(({ figure, outcome, failure }) => [
    ...(failure === null ? [] : [`${figure.id} failed: ${failure}`]),
    ...(outcome?.skipped ?? []).map(({ what, why }) => `${figure.id} skipped ${what}: ${why}`),
    ...(outcome?.notes ?? []).map((note) => `${figure.id}: ${note}`),
  ]);
}

/** Every figure with its values and verdicts, for machines. */
export function asJson(results: readonly Result[]): object[] {
  return results.map(({ figure, outcome, failure }) => ({
    ...{ id: figure.id, title: figure.title, failure, skipped: outcome?.skipped ?? [], notes: outcome?.notes ?? [] },
    measures: (outcome?.measures ?? []).map(({ what, unit, ours, limit, peers }) => ({
      ...{ what, unit, ours: median(ours), values: ours, limit: limit ?? null },
      met: limit ? isMet(limit, ours) : null,
      peers: peers.map(({ name, values, target }) => ({
        ...{ name, peer: median(values), values, ratio: median(ratios(ours, values)), target: target ?? null },
        met: target ? isMet(target, ratios(ours, values)) : null,
      })),
    })),
  }));
}
