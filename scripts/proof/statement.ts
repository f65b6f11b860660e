import type { ProofAnswer } from '../../shared/proof.ts';
import type { Answers } from './ask.ts';
import type { Claim } from './claims.ts';
import { table } from './table.ts';

export type Verdict = 'proven' | 'broken' | 'not quiet';

/** All that a run of the proof has to say. */
export interface Statement {
  readonly verdict: Verdict;
  /** What ended later was left out where contexts are compared. */
  readonly before: Date;
  readonly claims: readonly Claim[];
  readonly answers: Answers;
}

export function decideVerdict(answers: Answers, claims: readonly Claim[]): Verdict {
  if (answers.kind === 'not quiet') return 'not quiet';
  const faults = BigInt(answers.ledger.faults_in_all) + BigInt(answers.rooms.faults_in_all);
  return faults === 0n && claims.every(({ holds }) => holds) ? 'proven' : 'broken';
}

export function toJson({ answers, ...rest }: Statement): string {
  return `${JSON.stringify({ ...rest, ...answers }, null, 2)}\n`;
}

const LAST_LINES: Readonly<Record<Verdict, string>> = {
  proven: 'All holds.',
  broken: 'IT DOES NOT HOLD. See docs/runbook.md, "Prove the money".',
  'not quiet': 'The fleet is not quiet enough to say. Nothing is known to be wrong.',
};

export function toText({ verdict, before, claims, answers }: Statement): string {
  const lines = answers.kind === 'not quiet' ? answers.reasons : [...claimTable(claims), ...findings(answers)];
  const title = `Donations that had ended by ${before.toISOString()}`;
  return `${[title, '', ...lines, '', LAST_LINES[verdict]].join('\n')}\n`;
}

function claimTable(claims: readonly Claim[]): string[] {
  if (claims.length === 0) return ['no money has moved yet'];
  const rows = claims.map(({ claim, currency, holds, left, right }) => {
    return [holds ? 'ok' : 'WRONG', claim, currency, left, right];
  });
  return table([['', 'claim', '', 'number: sum', 'number: sum'], ...rows]);
}

function findings({ ledger, rooms }: Extract<Answers, { kind: 'answers' }>): string[] {
  const younger = rooms.figures.filter(({ name }) => name.startsWith('younger '));
  const leftOut = younger.map(({ name, currency, number, sum }) => `left out: ${number} ${name}, ${sum} ${currency}`);
  const lines = [...leftOut, ...faultLines('ledger', ledger), ...faultLines('rooms', rooms)];
  return lines.length > 0 ? ['', ...lines] : [];
}

function faultLines(context: string, { faults, faults_in_all }: ProofAnswer): string[] {
  const more = BigInt(faults_in_all) - BigInt(faults.length);
  return [
    ...faults.map(({ what, id, detail }) => `${context}: ${what}: ${id} (${detail})`),
    ...(more > 0n ? [`${context}: and ${more} more`] : []),
  ];
}
