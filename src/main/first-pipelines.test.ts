/** What `pikoci init` writes is a pipeline. */
import { expect, test } from 'bun:test';
import { builtins } from '../builtins/catalogue.ts';
import { repositories } from '../cli/init/repositories.fixture.ts';
import { findToolchain } from '../cli/init/toolchain.ts';
import { type FirstPipeline, writePipeline } from '../cli/init/write-pipeline.ts';
import { formatConfig } from '../hcl/format.ts';
import { loadPipeline } from '../pipeline/load.ts';

const seen = (files: Readonly<Record<string, string>>) =>
  findToolchain({ names: new Set(Object.keys(files)), read: async (name) => files[name] });

const kinds = (toolchain: FirstPipeline['toolchain']): FirstPipeline[] =>
  [undefined, 'https://git.example.com/${odd}/app.git'].flatMap((url) =>
    (['shell', 'docker'] as const).flatMap((runner) =>
      [true, false].map((dockerfile) => ({
        name: 'app',
        url,
        branch: url && 'main',
        runner,
        dockerfile,
        toolchain,
        file: 'pipeline.hcl',
      })),
    ),
  );

test.each([...repositories, ['nothing known', {}, []] as const])(
  'what is written for %s is valid, and as pikoci fmt would have it',
  async (_title, files) => {
    for (const first of kinds(await seen(files))) {
      const text = writePipeline(first);
      const sources = { fetch: () => Promise.reject(new Error('nothing is fetched')) };
      const bundle = { main: 'pipeline.hcl', files: { 'pipeline.hcl': text } };
      const { diagnostics, pipeline } = await loadPipeline({ bundle, variables: {}, env: {}, builtins, sources });
      expect(diagnostics).toEqual([]);
      expect(pipeline?.jobs.map(({ name }) => name)).toEqual(first.dockerfile ? ['test', 'image'] : ['test']);
      expect(formatConfig(text, 'pipeline.hcl')).toMatchObject({ text });
    }
  },
);
