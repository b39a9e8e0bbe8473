import { expect } from 'bun:test';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram } from '../servers/find-program.ts';
import { pikociAvailability, pikociPlace } from '../servers/pikoci.ts';
import { testWith } from '../servers/required.ts';
import { runCommand } from '../servers/run-command.ts';

const git =
  findProgram('git') === undefined
    ? ({ available: false, reason: 'it is not installed' } as const)
    : ({ available: true } as const);
const test = testWith({ executable: pikociAvailability(), git });

test('init: a pipeline for what lies here, which runs', async () => {
  await using place = pikociPlace();
  place.write('Makefile', 'build:\n\techo built > out\ntest: build\n\tgrep built out\n');
  for (const args of [
    ['init', '--quiet', '--initial-branch', 'trunk'],
    ['remote', 'add', 'origin', 'https://me:secret@git.example.com/My.App.git'],
  ]) {
    await runCommand('git', ['-C', place.path, ...args], { cwd: place.path, env: place.environment });
  }
  const made = await place.run(['init', '--yes']);
  expect(made).toMatchObject({ code: 0, stderr: 'this is make, by Makefile\n' });
  const command = 'pikoci run --pipeline-config pipeline.hcl --job test --resource git.My-App=.';
  expect(made.stdout).toBe(`pipeline.hcl: written\ntry it here: ${command}\n`);
  const text = readFileSync(join(place.path, 'pipeline.hcl'), 'utf8');
  expect(text).toContain('branch = "trunk"');
  expect(text).not.toContain('secret');
  expect(await place.run(['validate'])).toMatchObject({ code: 0, stderr: '' });
  const ran = await place.run(command.split(' ').slice(1));
  expect({ code: ran.code, stdout: ran.stdout }).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('grep built out'),
  });

  expect(await place.run(['init', '--yes'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('pipeline.hcl is there already, and stays as it is'),
  });
  expect(await place.run(['init', '--yes', '--runner', 'lxc', '-o', 'other.hcl'])).toMatchObject({ code: 2 });
  expect(await place.run(['init', 'nowhere', '--yes'])).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('nowhere'),
  });
  expect(existsSync(join(place.path, 'other.hcl'))).toBe(false);
  expect((await place.run(['init', '--yes', '-o', '-'])).stdout).toBe(text);
});

test('init: in an empty directory', async () => {
  await using place = pikociPlace();
  expect((await place.run(['init', '--yes'])).code).toBe(0);
  expect(await place.run(['run', '--job', 'test'])).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('say here'),
  });
});
