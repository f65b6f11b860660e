import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from '@jest/globals';
import { missingStubs, type LockEntry } from './fill-lock.mjs';

test('the lock describes every optional package it names, so that npm ci accepts it anywhere', () => {
  const path = resolve(import.meta.dirname, '../package-lock.json');
  const lock = JSON.parse(readFileSync(path, 'utf8')) as { packages: Record<string, LockEntry> };
  expect(Object.keys(missingStubs(lock))).toEqual([]);
});

test('a package of another platform becomes a stub that only that platform installs', () => {
  const lock = {
    packages: { 'node_modules/parent': { dev: true, optionalDependencies: { '@x/y-linux-arm64-gnu': '^1.2.3' } } },
  };
  expect(missingStubs(lock)).toEqual({
    'node_modules/@x/y-linux-arm64-gnu': { version: '1.2.3', cpu: ['arm64'], dev: true, optional: true, os: ['linux'] },
  });
});

test('a package that lies beside its parent or above it is not missing', () => {
  const optionalDependencies = { beside: '1.0.0', above: '1.0.0' };
  const lock = {
    packages: {
      'node_modules/a/node_modules/b': { optionalDependencies },
      'node_modules/a/node_modules/beside': {},
      'node_modules/above': {},
    },
  };
  expect(missingStubs(lock)).toEqual({});
});
