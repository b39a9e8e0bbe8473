import { expect } from 'bun:test';
import { EXECUTABLE, pikociAvailability, pikociPlace } from '../servers/pikoci.ts';
import { testWith } from '../servers/required.ts';
import { runCommand } from '../servers/run-command.ts';

const test = testWith({ executable: pikociAvailability() });

test('an output that cannot be written is one line that says so, whatever the command', async () => {
  await using place = pikociPlace();
  place.write('pipeline.hcl', 'job "hello" {\n  task "say" {\n    run "shell" { cmd = "echo hi" }\n  }\n}\n');
  place.write('ugly.hcl', 'job  "hello" {}\n');
  await using server = await place.startServer('--db-system', 'mem', '--pipeline-config', 'pipeline.hcl');
  const job = ['-p', 'pipeline', '-j', 'hello'];
  await server.cli('jobs', 'trigger', ...job, '--watch');
  for (const [command, input] of [
    [[]],
    [['version']],
    [['--help']],
    [['validate']],
    [['validate', '--json']],
    [['fmt', '--diff', 'ugly.hcl']],
    [['graph']],
    [['console'], '1 + 1\n'],
    [['run']],
    [['plan', 'pipeline.hcl', '-p', 'other', '--url', server.url]],
    [['pipelines', 'list', '--url', server.url]],
    [['builds', 'logs', ...job, '--url', server.url]],
    [['builds', 'watch', ...job, '--url', server.url]],
  ] as [string[], string?][]) {
    const ran = await runCommand('/bin/sh', ['-c', '"$0" "$@" > /dev/full', EXECUTABLE, ...command], {
      cwd: place.path,
      env: place.environment,
      timeoutMs: 20_000,
      input: input ?? '',
    });
    expect([command, ran.code, ran.stderr]).toEqual([
      command,
      1,
      'pikoci: cannot write to standard output: the disk is full\n',
    ]);
  }
});

test('validate answers in JSON when there is nothing to validate', async () => {
  await using place = pikociPlace();
  place.write('pipeline.hcl', 'job "hello" {}\n');
  const ran = await place.run(['validate', '--json', 'pipelin.hcl']);
  expect([ran.code, ran.stderr]).toEqual([
    2,
    'pikoci: cannot read pipelin.hcl: there is no such file or directory\n        did you mean pipeline.hcl?\n',
  ]);
  expect(JSON.parse(ran.stdout)).toEqual({
    valid: false,
    diagnostics: [
      {
        severity: 'error',
        code: 'usage.unreadable_file',
        summary: 'cannot read pipelin.hcl: there is no such file or directory',
        detail: 'did you mean pipeline.hcl?',
      },
    ],
  });
  expect((await place.run(['run', 'pipelin.hcl'])).stderr).toContain('did you mean pipeline.hcl?');
  expect((await place.run(['validate', '.'])).stderr).toContain('it holds pipeline.hcl');
  const drawn = await place.run(['graph', 'pipeline.hcl', '-o', 'PIPELINE.HCL']);
  expect([drawn.code, drawn.stderr]).toEqual([2, expect.stringContaining('would be overwritten')]);
});
