import { expect, test } from 'bun:test';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from '../../../test/servers/temporary-directory.ts';
import { commandFailure, runCommand } from '../command-run.fixture.ts';
import { buildahRun } from '../commands/buildah-run.ts';
import { chooseEngine, type ImageBuild } from './image-engine.ts';

const image: ImageBuild = {
  ...{ tags: ['octo/app', 'octo/app:1'], buildArgs: ['VERSION'], dockerfile: undefined, target: 'last' },
  ...{ context: '.', isolation: 'chroot', layers: true, insecure: true, idFile: '/id', args: ['--squash'] },
};

test('buildah is told what Hermes told it, and what there is besides', () => {
  const engine = chooseEngine('buildah', {});
  expect(engine.build(image).join(' ')).toBe(
    'bud --log-level info -t octo/app -t octo/app:1 --isolation=chroot --layers=true --tls-verify=false --build-arg VERSION --target last --iidfile /id --squash -- .',
  );
});

test('docker in its own words, without what it does not know', () => {
  const engine = chooseEngine('docker', {});
  expect(engine.build({ ...image, layers: false }).join(' ')).toBe(
    'build -t octo/app -t octo/app:1 --no-cache --build-arg VERSION --target last --iidfile /id --squash -- .',
  );
});

/** A directory with programs that note how they are called. */
function programs(directory: string, ...names: readonly string[]): string {
  mkdirSync(join(directory, 'bin'), { recursive: true });
  for (const name of names) {
    const file = join(directory, 'bin', name);
    writeFileSync(
      file,
      `#!/bin/sh\necho "${name} $*" >> "${directory}/calls"\nwhile [ $# -gt 0 ]; do [ "$1" = --iidfile ] && echo sha256:1 > "$2"; shift; done\n`,
    );
    chmodSync(file, 0o755);
  }
  return join(directory, 'bin');
}

test('with "any" docker does it where buildah is not installed, and a stranger takes and leaves no layers', async () => {
  await using place = temporaryDirectory('engines');
  const env = { runner_tag: 'octo/app', runner_engine: 'any', runner_layers: 'true', runner_remove: 'true' };
  const calls = () => Bun.file(join(place.path, 'calls')).text();
  const none = programs(place.path);
  expect(await commandFailure(buildahRun, { ...env, PATH: none })).toMatchObject({ code: 'program_missing' });
  await runCommand(buildahRun, { ...env, PATH: programs(place.path, 'docker') });
  expect(await calls()).toMatch(
    /^docker build -t octo\/app --iidfile \S+ -- \.\ndocker image rm --force -- sha256:1\n$/,
  );
  await runCommand(buildahRun, { ...env, PATH: programs(place.path, 'buildah'), BUILD_EVENT_FORK: 'true' });
  expect(await calls()).toContain('buildah bud --log-level info -t octo/app --isolation=chroot --layers=false');
  expect(await calls()).toContain('buildah rmi --force -- sha256:1');
  await runCommand(buildahRun, { ...env, PATH: programs(place.path, 'buildah') });
  expect(await calls()).toMatch(
    /buildah tag sha256:1 localhost\/pikoci-layers:[0-9a-f]{32}\nbuildah rmi -- octo\/app\n$/,
  );
});
