import { quantile } from './measure.ts';
import { type Outcome, shortened } from './outcome.ts';
import type { RunResult } from './run.ts';

/** The table of a run, in Markdown. */
export function summary({ seed, rate, result }: { seed: number; rate: number; result: RunResult }): string {
  const lines = [
    `Seed ${seed}, ${rate} requests a second.`,
    '',
    '| row | fault | confirmed | donations | kills | held up after it, p50 / p95 / most | shown p50 / p99 | holds |',
    '| --- | --- | ---: | ---: | ---: | --- | --- | --- |',
    ...result.outcomes.map(row),
    '',
    `Held at the start and the end, MiB and descriptors: ${holdings(result)}.`,
    ...result.grown,
  ];
  return `${lines.join('\n')}\n`;
}

function row(outcome: Outcome): string {
  const { fault, confirmed, donations, kills, recoveries, p50Ms, p99Ms } = outcome;
  const ms = recoveries.map((one) => one.ms);
  const held = ms.length > 0 ? [0.5, 0.95, 1].map((share) => seconds(quantile(ms, share))).join(' / ') : '';
  const cells = [
    ...[fault.row, fault.name, confirmed, donations, kills, held, `${seconds(p50Ms)} / ${seconds(p99Ms)}`],
    verdict(outcome),
  ];
  return `| ${cells.join(' | ')} |`;
}

function verdict({ violations, unknownRooms }: Outcome): string {
  const but = unknownRooms > 0 ? `, but unknown in ${unknownRooms} rooms` : '';
  return violations.length === 0 ? `yes${but}` : `**no**${but}: ${shortened(violations).join('; ')}`;
}

const seconds = (ms: number) => `${(ms / 1_000).toFixed(1)} s`;

function holdings({ before, after }: RunResult): string {
  return after
    .map((now) => {
      const then = before.find((one) => one.name === now.name);
      return `${now.name} ${then?.memoryMiB ?? '?'}→${now.memoryMiB} / ${then?.descriptors ?? '?'}→${now.descriptors}`;
    })
    .join(', ');
}
