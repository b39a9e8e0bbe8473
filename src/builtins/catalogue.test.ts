import { expect, test } from 'bun:test';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { loadPipeline } from '../pipeline/load.ts';
import type { LoadResult } from '../pipeline/load-request.ts';
import { pipeline as pipelineSchema } from '../pipeline/model.ts';
import { noFetching, SOURCE_KINDS } from '../pipeline/source.ts';
import { builtins } from './catalogue.ts';

const root = resolve(import.meta.dir, '../..');

function load(text: string, variables: Record<string, string> = {}): Promise<LoadResult> {
  return loadPipeline({
    bundle: { main: 'pipeline.hcl', files: { 'pipeline.hcl': text } },
    variables,
    sources: noFetching,
    builtins,
  });
}

test('every file of /builtins is in the catalogue', () => {
  for (const kind of SOURCE_KINDS) {
    const dir = join(root, 'builtins', `${kind}s`);
    const files = readdirSync(join(root, 'builtins')).includes(`${kind}s`) ? readdirSync(dir) : [];
    expect(files.map((file) => file.replace(/\.hcl$/, '')).sort()).toEqual([...builtins.names(kind)].sort());
  }
});

test('every built-in can be declared, and says nothing wrong', async () => {
  const text = SOURCE_KINDS.flatMap((kind) =>
    builtins.names(kind).map((name) => `${kind} "my-${name}" {\n  source = "pikoci://${name}"\n}\n`),
  ).join('\n');
  const { diagnostics } = await load(text);
  // Only that nothing is of these types.
  expect(diagnostics.filter(({ code }) => code !== 'unused-type')).toEqual([]);
});

test.each([
  ['service "redis" { port = 70000 }', 'port'],
  ['service "postgres" { mode = "docker" }', 'mode'],
])('what a built-in cannot be given is said when the pipeline is set: %s', async (service, name) => {
  const text = `job "j" {\n  ${service}\n  task "t" {\n    run "exec" { path = "x" }\n  }\n}`;
  const { diagnostics } = await load(text);
  expect(diagnostics.map(({ code, detail }) => [code, detail.split(' ')[0]])).toEqual([
    ['wrong-parameter-value', JSON.stringify(name)],
  ]);
});

test('aliases', () => {
  expect(builtins.find('service_type', 'postgres')?.name).toBe('postgresql');
  expect(builtins.find('runner_type', 'postgres')).toBeUndefined();
  expect(builtins.find('runner_type', 'constructor')).toBeUndefined();
});

test('the pages about built-in types know every one and every parameter', async () => {
  const pages = ['built-ins.md', 'resources.md', 'notifications.md'];
  const page = pages.map((name) => readFileSync(join(root, 'docs', name), 'utf8')).join('\n');
  const missing = SOURCE_KINDS.flatMap((kind) =>
    builtins.names(kind).flatMap((name) => {
      const text = builtins.find(kind, name)?.text ?? '';
      // `params` and `step_params`.
      const lists = [...text.replace(/#.*/g, '').matchAll(/params\s*=\s*\[([^\]]*)\]/g)];
      const params = lists.flatMap(([, list = '']) => list.match(/\w+/g) ?? []);
      return [name, ...params]
        .filter((word) => !page.includes(`\`${word}\``))
        .map((word) => `${kind} ${name}: ${word}`);
    }),
  );
  expect(missing).toEqual([]);
});

const pipelines: [file: string, warnings: string[]][] = [
  ['quickstart.hcl', []],
  ['all-four.hcl', []],
  ['docker-runner.hcl', ['unused-parameter']],
  ['service-inline.hcl', []],
];
test.each(pipelines)('%s loads unchanged', async (file, warnings) => {
  const result = await load(readFileSync(join(root, 'test/pipelines', file), 'utf8'));
  expect(result.diagnostics.map(({ severity, code }) => `${severity} ${code}`)).toEqual(
    warnings.map((code) => `warning ${code}`),
  );
  expect(pipelineSchema.parse(JSON.parse(JSON.stringify(result.pipeline)))).toEqual(
    JSON.parse(JSON.stringify(result.pipeline)),
  );
});
