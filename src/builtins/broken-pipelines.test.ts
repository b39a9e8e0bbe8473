import { expect, test } from 'bun:test';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { renderDiagnostics } from '../hcl/render-diagnostic.ts';
import { loadPipeline } from '../pipeline/load.ts';
import { noFetching } from '../pipeline/source.ts';
import { builtins } from './catalogue.ts';

/** Files as people get them wrong, and what they then read. `UPDATE_GOLDEN=1` writes what is said now; read it before you commit it. */
const directory = resolve(import.meta.dir, '../../examples/broken');
const files = readdirSync(directory)
  .filter((file) => file.endsWith('.hcl'))
  .sort();

test('there are thirty, numbered, each with its message and nothing else beside them', () => {
  const names = files.map((file) => file.replace(/\.hcl$/, ''));
  expect(names.map((name) => name.slice(0, 2))).toEqual(
    Array.from({ length: 30 }, (_, at) => String(at + 1).padStart(2, '0')),
  );
  const expected = [...names.flatMap((name) => [`${name}.hcl`, `${name}.txt`]), 'README.md'];
  expect(readdirSync(directory).sort()).toEqual(expected.sort());
});

test.each(files)('%s', async (file) => {
  const bundle = { main: file, files: { [file]: readFileSync(join(directory, file), 'utf8') } };
  const { diagnostics, sources } = await loadPipeline({ bundle, variables: {}, sources: noFetching, builtins });
  expect(diagnostics).not.toBeEmpty();
  const said = renderDiagnostics(diagnostics, sources, { color: false });
  const golden = join(directory, file.replace(/\.hcl$/, '.txt'));
  if (process.env.UPDATE_GOLDEN === '1') writeFileSync(golden, said);
  expect(existsSync(golden)).toBe(true);
  expect(said).toBe(readFileSync(golden, 'utf8'));
});
