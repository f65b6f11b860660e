import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { contexts as known, groups } from '../../shared/groups.ts';

const ownProcfile = resolve(import.meta.dirname, '../../Procfile');

/** One line of the Procfile. */
export interface ProcfileEntry {
  name: string;
  /** The words of its command; no shell reads them. */
  command: string[];
  /** The contexts whose databases it works in. */
  contexts: string[];
  /** The contexts whose questions it answers by gRPC. */
  answersFor: string[];
}

/** Reads the repository's own Procfile, or the one at this path. */
export function readProcfile(path = ownProcfile): ProcfileEntry[] {
  return parseProcfile(readFileSync(path, 'utf8'));
}

/** Parses a Procfile: `name: command` a line; empty lines and # comments are skipped. Throws on any other line. */
export function parseProcfile(text: string): ProcfileEntry[] {
  const entries = text.split('\n').flatMap((line, index) => {
    if (/^\s*(#|$)/.test(line)) return [];
    const [, name, command] = /^([A-Za-z0-9_-]+):\s*(\S.*?)\s*$/.exec(line) ?? [];
    if (name === undefined || command === undefined)
      throw new Error(`Procfile, line ${index + 1}: not "name: command"`);
    return [describe(name, command.split(/\s+/))];
  });
  const doubled = entries.find(({ name }, index) => entries.findIndex((other) => other.name === name) !== index);
  if (doubled) throw new Error(`Procfile: ${doubled.name} is there twice`);
  return entries;
}

function describe(name: string, command: string[]): ProcfileEntry {
  const [main = '', ...words] = programOf(command);
  const answersFor = main.startsWith('services/')
    ? words.filter((word) => known.some((context) => context === word))
    : [];
  const worksFor = main.startsWith('workers/') ? words.flatMap((word) => contextOfGroup(word) ?? []) : [];
  return { name, command, contexts: [...new Set([...answersFor, ...worksFor])], answersFor };
}

/** The file that a command starts and the words it is given, without node and node's own flags before it. */
export function programOf(command: readonly string[]): string[] {
  const at = command.findIndex((word, index) => index > 0 && !word.startsWith('-'));
  return at < 0 ? [] : command.slice(at);
}

function contextOfGroup(group: string): string | undefined {
  return Object.entries(groups).find(([name]) => name === group)?.[1].context ?? undefined;
}
