import { execFileSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { arch, cpus, loadavg, release, totalmem } from 'node:os';
import { resolve } from 'node:path';
import { format, resolveConfig } from 'prettier';
import type { Bench } from './figure.ts';
import { markdownTable, remarks, type Result } from './table.ts';

const root = resolve(import.meta.dirname, '../..');
const document = `${root}/docs/benchmarks.md`;
const BEGIN = '<!-- written by npm run bench -- --write: from here -->';
const END = '<!-- to here -->';

/** When, where and by which command: a line each. */
export function describeRun({ rounds, quick }: Bench, args: readonly string[]): string[] {
  const [cpu] = cpus();
  const memory = Math.round(totalmem() / 2 ** 30);
  const load = loadavg()[0] ?? NaN;
  // Where somebody kept the figures for machines is nobody's business, and no path of theirs belongs into the document.
  const json = args.indexOf('--json');
  const told = args.filter((_, at) => json < 0 || (at !== json && at !== json + 1));
  return [
    `Date: ${new Date().toISOString().slice(0, 16)}Z, commit ${commit()}`,
    `Command: npm run bench${told.length > 0 ? ` -- ${told.join(' ')}` : ''}; median of ${rounds}${quick ? ' (quick: not worth quoting)' : ''}`,
    `Machine: ${cpus().length} cores of ${cpu?.model.trim() ?? arch()}, ${memory} GiB, Linux ${release().split('.', 2).join('.')}; load at the end ${load.toFixed(1)}`,
    `Versions: Node ${process.versions.node}; ${serverVersions()}`,
  ];
}

/** Puts the table between the two marks in docs/benchmarks.md. @throws when a mark is missing */
export async function writeDocument(results: readonly Result[], run: readonly string[]): Promise<void> {
  const text = await readFile(document, 'utf8');
  const from = text.indexOf(BEGIN);
  const to = text.indexOf(END);
  if (from < 0 || to < from) throw new Error(`docs/benchmarks.md must hold the lines "${BEGIN}" and "${END}"`);
  const parts = [
    run.map((line) => `- ${line}`).join('\n'),
    markdownTable(results),
    remarks(results)
      .map((line) => `- ${line}`)
      .join('\n'),
  ];
  const whole = `${text.slice(0, from)}${BEGIN}\n\n${parts.join('\n\n')}\n\n${text.slice(to)}`;
  await writeFile(document, await format(whole, { ...(await resolveConfig(document)), filepath: document }));
}

function commit(): string {
  const said = firstLine('git', ['describe', '--always', '--dirty']);
  return said ?? 'unknown';
}

function serverVersions(): string {
  const mariadb = firstLine('mariadbd', ['--version'])?.match(/Ver ([\d.]+)/)?.[1];
  const redis = firstLine('redis-cli', ['--version'])?.match(/[\d.]+/)?.[0];
  const go = firstLine('go', ['version'])?.match(/go[\d.]+/)?.[0];
  const parts = [mariadb && `MariaDB ${mariadb}`, redis && `Redis ${redis}`, go && `Go ${go.slice(2)}`].filter(Boolean);
  return parts.length > 0 ? parts.join(', ') : 'servers in containers, or given by their addresses';
}

function firstLine(command: string, args: readonly string[]): string | undefined {
  try {
    return execFileSync(command, [...args], { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).split(
      '\n',
    )[0];
  } catch {
    return undefined;
  }
}
