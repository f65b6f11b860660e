import { cp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { blindResume } from './controls/blind-resume.ts';
import { applyEdits, type Control } from './controls/control.ts';
import { framesLastFirst } from './controls/frames-last-first.ts';
import { inboxAfterCommit } from './controls/inbox-after-commit.ts';
import { naiveBalance } from './controls/naive-balance.ts';
import { noSettlementGate } from './controls/no-settlement-gate.ts';
import { offsetBeforeEffect } from './controls/offset-before-effect.ts';
import { plainDelCache } from './controls/plain-del-cache.ts';
import { privateToAll } from './controls/private-to-all.ts';
import { repeatsDelivered } from './controls/repeats-delivered.ts';

export type { Control } from './controls/control.ts';

/** Builds of the product that the suite has to find guilty, each with one of the usual mistakes. */
export const controls: readonly Control[] = [
  inboxAfterCommit,
  naiveBalance,
  plainDelCache,
  offsetBeforeEffect,
  noSettlementGate,
  framesLastFirst,
  repeatsDelivered,
  blindResume,
  privateToAll,
];

const root = resolve(import.meta.dirname, '..');
const COPIED = [
  ...['Procfile', 'package.json', 'tsconfig.json'],
  ...['ingress', 'services', 'workers', 'ws-gateway', 'shared', 'web', 'migrations'],
];

/**
 * Writes the sources that a run needs, with the control's mistake in them; what was in the directory goes.
 * @throws naming file and text where the mistake can no longer be made as written
 */
export async function buildControl(control: Control, targetDirectory: string): Promise<void> {
  const target = resolve(targetDirectory);
  await rm(target, { recursive: true, force: true });
  const isRun = (path: string) => !/(\.test\.ts|\/testing)$/.test(path);
  for (const name of COPIED) await cp(`${root}/${name}`, `${target}/${name}`, { recursive: true, filter: isRun });
  await symlink(`${root}/node_modules`, `${target}/node_modules`);
  for (const file of editedFiles(control)) {
    const path = `${target}/${file}`;
    await writeFile(path, applyEdits(file, await readFile(path, 'utf8'), control.edits));
  }
}

/** The files that the control changes, each once. */
export function editedFiles({ edits }: Control): string[] {
  return [...new Set(edits.map(({ file }) => file))];
}
