/** What is known of one process. */
export interface ProcessState {
  readonly name: string;
  readonly instance: number;
  /** 0 where it does not run. */
  readonly pid: number;
  /** How often it ended without being asked to. */
  readonly crashes: number;
  /** Where it answers /readyz and /metrics, as http://host:port. */
  readonly address: string;
  /** "ready", or why it is not. */
  readonly answer: string;
}

export interface GroupState {
  readonly name: string;
  /** Records that it has not committed; null where the broker does not say. */
  readonly behind: number | null;
}

export interface Status {
  /** ISO 8601. */
  readonly since: string;
  readonly processes: readonly ProcessState[];
  readonly groups: readonly GroupState[];
  /** Those that were not given back yet; null where the broker does not say. */
  readonly deadLetters: number | null;
}

/** Says whether nothing needs a person: everything ready, the broker answering, nothing set aside. */
export function isWell({ processes, groups, deadLetters }: Status): boolean {
  return (
    processes.every(({ answer }) => answer === 'ready') &&
    groups.every(({ behind }) => behind !== null) &&
    deadLetters === 0
  );
}

/** The status for a person who was woken by it: one sentence, what is wrong, then two tables. */
export function formatStatus(status: Status): string {
  const { since, processes, groups, deadLetters } = status;
  const faults = faultLines(status);
  const names = processes.map(labelOf);
  return [
    `${isWell(status) ? 'All is well.' : 'Something is wrong.'} Started ${since}.`,
    ...(faults.length > 0 ? ['', ...faults] : []),
    '',
    ...table([
      ['process', 'pid', 'ready', 'ended by itself', '/readyz and /metrics at'],
      ...processes.map(({ pid, crashes, address, answer }, index) => [
        names[index] ?? '',
        pid === 0 ? '–' : String(pid),
        answer === 'ready' ? 'yes' : 'NO',
        crashes === 0 ? '–' : `${crashes} ×`,
        address,
      ]),
    ]),
    '',
    ...table([
      ['group', 'records behind'],
      ...groups.map(({ name, behind }) => [name, behind === null ? 'unknown' : String(behind)]),
    ]),
    '',
    `Dead letters that wait: ${deadLetters ?? 'unknown'}`,
  ].join('\n');

  function labelOf({ name, instance }: ProcessState): string {
    return processes.filter((other) => other.name === name).length > 1 ? `${name}.${instance + 1}` : name;
  }
}

function faultLines({ processes, groups, deadLetters }: Status): string[] {
  return [
    ...processes
      .filter(({ answer }) => answer !== 'ready')
      .map(({ name, answer }) => `${name} is not ready: ${answer}`),
    ...(groups.some(({ behind }) => behind === null) ? ['The broker does not say how far every group is.'] : []),
    ...(deadLetters ? ['Records were set aside: npm run dead-letters -- list'] : []),
    ...(processes.some(({ crashes }) => crashes > 0) ? ['What ended by itself says why in the log of npm start.'] : []),
  ];
}

/** Columns as wide as their widest cell. */
function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) => `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd());
}
