import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { expect, test } from '@jest/globals';

const root = resolve(import.meta.dirname, '..');
/** Other people's pages, and what runs leave behind. */
const exclude = ['**/node_modules/**', '.stack/**', 'bench/{peers,results}/**', 'chaos/runs/**', 'coverage/**'];
const pages = globSync('**/*.md', { cwd: root, exclude });

/** Targets of links and pictures, but for those on other hosts; what is code is no link. */
function relativeLinks(text: string): string[] {
  const prose = text.replaceAll(/^```.*?^```$/gms, '').replaceAll(/`[^`\n]*`/g, 'code');
  const inline = [...prose.matchAll(/\]\(([^()\s]+)(?: "[^"]*")?\)/g)].map(([, target = '']) => target);
  const defined = [...prose.matchAll(/^\[[^\]]+\]: *(\S+)/gm)].map(([, target = '']) => target);
  return [...inline, ...defined].filter((target) => !/^[a-z]+:/i.test(target));
}

/** Headings as GitHub names them in addresses. */
function anchorsOf(text: string): Set<string> {
  const headings = [...text.matchAll(/^#{1,6} +(.+?) *$/gm)].map(([, heading = '']) => heading);
  return new Set(
    headings.map((one) =>
      one
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}

function isThere(page: string, link: string): boolean {
  const [path = '', anchor] = decodeURI(link).split('#');
  const target = path === '' ? resolve(root, page) : resolve(root, dirname(page), path);
  if (!existsSync(target)) return false;
  return anchor === undefined || !target.endsWith('.md') || anchorsOf(readFileSync(target, 'utf8')).has(anchor);
}

test('there are pages to look at', () => {
  expect(pages).toEqual(expect.arrayContaining(['README.md', 'docs/architecture.md', 'ingress/README.md']));
});

test.each(pages)('every relative link of %s leads somewhere', (page) => {
  const links = relativeLinks(readFileSync(resolve(root, page), 'utf8'));
  expect(links.filter((link) => !isThere(page, link))).toEqual([]);
});

test('a link to nowhere, or to a heading that is not there, is found', () => {
  const text = '[a](nowhere.md) [b](README.md#start) [c](README.md#no-such) [d](https://x.example) `[e](f)`';
  const links = relativeLinks(text);
  expect(links).toEqual(['nowhere.md', 'README.md#start', 'README.md#no-such']);
  expect(links.filter((link) => !isThere('README.md', link))).toEqual(['nowhere.md', 'README.md#no-such']);
});
