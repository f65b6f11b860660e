import { readFile } from 'node:fs/promises';

/** The blocks of code of one language in a page under docs/, in their order: what is documented is what is run. */
export async function codeIn(page: string, language: string): Promise<string[]> {
  const text = await readFile(new URL(`../../docs/${page}`, import.meta.url), 'utf8');
  return [...text.matchAll(/^```(\w+)\n(.*?)^```$/gms)]
    .filter(([, named]) => named === language)
    .map(([, , code = '']) => code);
}
