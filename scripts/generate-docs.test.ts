import { describe, expect, test } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type * as AsyncApi from '@asyncapi/parser';
import { resolve } from 'node:path';
import { Validator } from '@seriousme/openapi-schema-validator';
import { examples } from '../ingress/examples.ts';
import { routes } from '../ingress/routes.ts';
import type { Caller } from '../shared/endpoint.ts';
import { freshId } from '../shared/ids.ts';
import { compile } from '../shared/schema.ts';
import { directory, generateDocuments } from './generate-docs.ts';

/** The parser is CommonJS through and through; jest's ESM loader cannot read its exports. */
const { Parser } = createRequire(import.meta.url)('@asyncapi/parser') as typeof AsyncApi;

const documents = generateDocuments();

test.each(Object.keys(documents))('docs/generated/%s is what the code says', async (name) => {
  const written = await readFile(resolve(directory, name), 'utf8').catch(() => 'nothing');
  // Told in words: a diff of two long documents helps nobody.
  expect(written === documents[name] ? 'up to date' : 'stale: run node scripts/generate-docs.ts').toBe('up to date');
});

test('the OpenAPI document is one', async () => {
  const checked = await new Validator().validate(
    JSON.parse(documents['openapi.json'] ?? '') as Record<string, unknown>,
  );
  expect(checked.errors).toBeUndefined();
  expect(checked.valid).toBe(true);
});

test('the AsyncAPI document is one', async () => {
  const { document, diagnostics } = await new Parser().parse(documents['asyncapi.json'] ?? '');
  expect(diagnostics.filter(({ severity }) => severity === 0)).toEqual([]);
  expect(document?.version()).toBe('3.0.0');
});

describe('the documents name', () => {
  const openApi = JSON.parse(documents['openapi.json'] ?? '') as {
    paths: Record<string, Record<string, { responses: Record<string, unknown>; summary: string }>>;
  };

  test('every route, with 429 and 503, and 401 unless it is for those whom nobody knows yet', () => {
    for (const { method, paths, endpoint } of routes) {
      const statuses = [...(endpoint.access === 'public' ? [] : ['401']), '429', '503'];
      for (const path of paths) {
        const operation = openApi.paths[path.replaceAll(/:([a-z_]+)/g, '{$1}')]?.[method.toLowerCase()];
        expect(Object.keys(operation?.responses ?? {})).toEqual(expect.arrayContaining(statuses));
        expect(operation?.summary.length).toBeGreaterThan(10);
      }
    }
  });

  test('an example for every endpoint, and none for what is none', () => {
    expect(Object.keys(examples).sort()).toEqual(routes.map(({ endpoint }) => endpoint.operation).sort());
  });
});

describe('the example of', () => {
  const caller: Caller = { subject: freshId(), type: 'user', owner: null, name: '', issuer: '', scopes: new Set() };

  test.each(routes.map(({ endpoint }) => [endpoint.operation, endpoint] as const))(
    '%s is right',
    (operation, endpoint) => {
      const { body, query = {}, params = {}, answer } = examples[operation] ?? {};
      const from = { address: '', host: '', userAgent: '' };
      const call = {
        id: freshId(),
        isKeyed: false,
        caller,
        body,
        query,
        params,
        fingerprint: '',
        now: new Date(),
        from,
      };
      expect(() => endpoint.check(call)).not.toThrow();
      if (endpoint.kind === 'ask') expect(compile(endpoint.answer)(answer)).toMatchObject({ ok: true });
    },
  );
});
