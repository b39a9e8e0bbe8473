import { expect } from 'bun:test';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EXECUTABLE, pikociAvailability, pikociPlace } from '../servers/pikoci.ts';
import { testWith } from '../servers/required.ts';
import { runCommand } from '../servers/run-command.ts';

const test = testWith({ executable: pikociAvailability() });

const PIPELINE = `resource "cron" "tick" {
check_interval="@daily" # once
}
job "hello" {
  get "cron" "tick" { trigger = true }
  task "say" {
    run "shell" { cmd = "true" }
  }
}
`;

test('fmt: told, shown, done', async () => {
  await using place = pikociPlace();
  const path = place.write('pipeline.hcl', PIPELINE);
  expect(await place.run(['fmt', '--check'])).toMatchObject({ code: 1, stdout: 'pipeline.hcl\n' });
  expect((await place.run(['fmt', '--diff'])).stdout).toContain('\n+  check_interval = "@daily" # once\n');
  expect(readFileSync(path, 'utf8')).toBe(PIPELINE);
  expect(await place.run(['fmt'])).toMatchObject({ code: 0, stdout: 'pipeline.hcl\n', stderr: '' });
  expect(readFileSync(path, 'utf8')).toBe(PIPELINE.replace('check_interval=', '  check_interval = '));
  expect(await place.run(['fmt', '--check'])).toMatchObject({ code: 0, stdout: '', stderr: '' });
});

test('graph: a PNG, with nothing beside the executable', async () => {
  await using place = pikociPlace();
  place.write('pipeline.hcl', PIPELINE);
  expect(await place.run(['graph', '-o', 'pipeline.png'])).toMatchObject({ code: 0, stdout: '', stderr: '' });
  const png = readFileSync(join(place.path, 'pipeline.png'));
  expect(png.subarray(0, 8).toString('latin1')).toBe('\x89PNG\r\n\x1a\n');
  // The picture of two boxes with letters in them; without the letters it is half as large.
  expect(png.length).toBeGreaterThan(5000);
  expect(readdirSync(place.path).sort()).toEqual(['pipeline.hcl', 'pipeline.png', 'tmp']);
});

test('graph: Mermaid', async () => {
  await using place = pikociPlace();
  place.write('pipeline.hcl', PIPELINE);
  const { stdout } = await place.run(['graph', '--format', 'mermaid']);
  expect(stdout).toBe('flowchart LR\n  n0(["tick<br/>cron"])\n  n1["hello"]\n  n0 --> n1\n');
});

test('who reads no further than the first line is told nothing more', async () => {
  await using place = pikociPlace();
  place.write('long.hcl', Array.from({ length: 50_000 }, (_, at) => `a${at}=${at}\n`).join(''));
  const { stdout, stderr } = await runCommand('sh', ['-c', `"${EXECUTABLE}" fmt --diff | head -1`], {
    cwd: place.path,
    env: place.environment,
  });
  expect({ stdout, stderr }).toEqual({ stdout: '--- a/long.hcl\n', stderr: '' });
});
