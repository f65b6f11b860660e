import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { openNote, readRunning, variablesFor, type Running } from './running.ts';

const running: Running = {
  since: '2026-01-02T03:04:05.000Z',
  port: 3000,
  wsPort: 3001,
  variables: { KAFKA_BROKERS: '127.0.0.1:1', NAMESPACE: 'mine', JWT_SECRET: 'kept' },
  processes: [{ name: 'save', instance: 0, pid: 7, port: 0, metricsPort: 21_000, crashes: 1, isMisconfigured: false }],
  demo: null,
};
let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(`${tmpdir()}/running-`);
});

afterEach(() => rm(directory, { recursive: true, force: true }));

test('what was written is read back, by this account alone, and is gone after close', async () => {
  const note = await openNote(directory);
  note.write(running);
  expect(await readRunning(directory)).toEqual(running);
  expect((await stat(`${directory}/running.json`)).mode & 0o777).toBe(0o600);
  await note.close();
  note.write(running); // a process that ends late
  expect(await readRunning(directory)).toBeNull();
});

test('the note of a run that was killed counts for nothing, even where its pid is used again', async () => {
  const child = spawn('sleep', ['60']);
  await once(child, 'spawn');
  (await openNote(directory)).write(running);
  const path = `${directory}/running.json`;
  const note = JSON.parse(await readFile(path, 'utf8')) as { author: { pid: number } };
  await writeFile(path, JSON.stringify({ ...note, author: { ...note.author, pid: child.pid } }));
  expect(await readRunning(directory)).toBeNull();
  child.kill();
});

test('half a note, or none, is none', async () => {
  expect(await readRunning(directory)).toBeNull();
  await writeFile(`${directory}/running.json`, '{"author":');
  expect(await readRunning(directory)).toBeNull();
});

test('the running product answers only for a command that was not told otherwise', async () => {
  (await openNote(directory)).write(running);
  const elsewhere = { KAFKA_BROKERS: 'elsewhere:1' };
  expect(await variablesFor('KAFKA_BROKERS', elsewhere, directory)).toEqual(elsewhere);
  expect(await variablesFor('KAFKA_BROKERS', { NAMESPACE: 'other', JWT_SECRET: '' }, directory)).toEqual({
    ...running.variables,
    NAMESPACE: 'other',
  });
  expect(await variablesFor('REDIS_URL', {}, directory)).toBeNull();
});
