import { expect, test } from 'bun:test';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { renderDiagnostics } from '../hcl/render-diagnostic.ts';
import { loadPipeline } from '../pipeline/load.ts';
import { noFetching } from '../pipeline/source.ts';
import { builtins } from './catalogue.ts';

/** Files as people get them wrong, and what they then read. `UPDATE_GOLDEN=1` writes what is said now; read it before you commit it. */
const directory = resolve(import.meta.dir, '../../test/pipelines/broken');
const files = readdirSync(directory).filter((file) => file.endsWith('.hcl'));

test.each(files)('%s', async (file) => {
  const bundle = { main: file, files: { [file]: readFileSync(join(directory, file), 'utf8') } };
  const result = await loadPipeline({ bundle, variables: {}, sources: noFetching, builtins });
  expect(result.pipeline).toBeUndefined();
  const said = renderDiagnostics(result.diagnostics, result.sources, { color: false });
  const golden = join(directory, file.replace(/\.hcl$/, '.golden'));
  if (process.env.UPDATE_GOLDEN === '1' || !existsSync(golden)) writeFileSync(golden, said);
  expect(said).toBe(readFileSync(golden, 'utf8'));
});
