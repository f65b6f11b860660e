import { readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { describe, expect, test } from '@jest/globals';
import { controls, editedFiles } from './controls.ts';
import { applyEdits } from './controls/control.ts';

describe.each(controls)('the control $name', (control) => {
  test.each(editedFiles(control))('can still be made of %s, and leaves it readable', (file) => {
    const source = readFileSync(`${import.meta.dirname}/../${file}`, 'utf8');
    const edited = applyEdits(file, source, control.edits);
    expect(edited).not.toBe(source);
    expect(() => stripTypeScriptTypes(edited, { mode: 'strip' })).not.toThrow();
  });

  test('says which invariant it breaks', () => {
    expect(control.invariants.length).toBeGreaterThan(0);
    for (const name of control.invariants) expect(name).toMatch(/^I([1-9]|1[0-2])$/);
  });
});

test('a text that is not there, or is there twice, is named with its file', () => {
  const edit = { file: 'a.ts', find: 'x()', replace: 'y()' };
  expect(() => applyEdits('a.ts', 'z()', [edit])).toThrow('a.ts has 0 times, instead of once:\nx()');
  expect(() => applyEdits('a.ts', 'x();x()', [edit])).toThrow('a.ts has 2 times');
  expect(applyEdits('a.ts', 'x();', [edit, { ...edit, file: 'b.ts' }])).toBe('y();');
});
