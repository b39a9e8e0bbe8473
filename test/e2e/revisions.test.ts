/** Planning, setting, looking back and going back, with the built executable and a database that stays. */
import { expect } from 'bun:test';
import { createServer } from 'node:http';
import { pikociAvailability, pikociPlace } from '../servers/pikoci.ts';
import { testWith } from '../servers/required.ts';
import { trigger } from './build-detail.ts';
import { endedBuild, logOf } from './builds.ts';

const test = testWith({ executable: pikociAvailability() });

const pipeline = (timeout: string, comment = ''): string => `${comment}
variable "password" { sensitive = true }
variable "greeting" { default = "hello" }
job "hello" {
  task "greet" {
    env = { P = var.password }
    timeout = "${timeout}"
    run "shell" {
      cmd = <<-EOT
        echo "\${var.greeting}"
        case "$P" in alpha-*) echo first;; *) echo second;; esac
      EOT
    }
  }
}
`;

const SERVER = ['--db-system', 'sqlite', '--data-dir', 'data'];

test('what was planned is what happens, and what was is found again', async () => {
  await using place = pikociPlace();
  place.write('pipeline.hcl', pipeline('5m'));
  // A server that knows no pipeline yet.
  const first = await place.startServer(...SERVER);
  const [alpha, beta] = [
    ['--var', 'password=alpha-secret', '--var', 'greeting=hi'],
    ['--var', 'password=beta-secret', '--var', 'greeting=hi'],
  ];
  const set = (...more: string[]) => first.cli('pipelines', 'set', ...more);
  const plan = (...more: string[]) => first.cli('plan', 'pipeline.hcl', '--detailed-exitcode', ...more);

  expect(await plan(...alpha)).toMatchObject({ code: 2, stdout: expect.stringContaining('+ job "hello"') });
  expect(await set(...alpha)).toMatchObject({ code: 0, stdout: 'pipeline pipeline: made, revision 1\n' });
  expect(await plan(...alpha)).toMatchObject({ code: 0, stdout: expect.stringContaining('nothing to do') });
  expect(await set(...alpha)).toMatchObject({ stdout: 'pipeline pipeline: as it was, revision 1\n', stderr: '' });

  place.write('pipeline.hcl', pipeline('10m'));
  const second = await plan(...beta);
  expect(second.code).toBe(2);
  expect(second.stdout).toBe(
    [
      'pipeline pipeline, revision 1, would change:',
      '',
      '  ~ variable "password"',
      '      value (sensitive) changed',
      '  ~ job "hello"',
      '      task "greet": timeout "5m" -> "10m"',
      '',
      'Plan: 0 to create, 2 to change, 0 to delete.',
      '',
    ].join('\n'),
  );
  expect((await set('-m', 'more time', ...beta)).code).toBe(0);
  await trigger(first, 'hello');
  expect((await endedBuild(first, 'pipeline', 'hello', 1)).status).toBe('succeeded');
  expect(await logOf(first, 'pipeline', 'hello', 1)).toBe('hi\nsecond\n');
  expect(await first.stop()).toBe(0);

  const again = await place.startServer(...SERVER);
  expect(await again.json('pipelines', 'history', '-p', 'pipeline', '--json')).toMatchObject([
    { revision: 2, message: 'more time', current: true },
    { revision: 1, current: false },
  ]);
  const diff = await again.cli('pipelines', 'diff', '-p', 'pipeline');
  expect(diff.stdout).toContain('-    timeout = "5m"\n+    timeout = "10m"\n');
  expect((await again.cli('pipelines', 'get', '-p', 'pipeline', '--revision', '1')).stdout).toBe(pipeline('5m'));

  const restored = await again.cli('pipelines', 'restore', '1', '-p', 'pipeline');
  expect(restored).toMatchObject({ code: 0, stdout: 'pipeline pipeline: changed, revision 3\n' });
  expect(restored.stderr).toContain('timeout "10m" -> "5m"');
  expect(restored.stderr).not.toMatch(/alpha|beta/);
  await trigger(again, 'hello');
  expect((await endedBuild(again, 'pipeline', 'hello', 2)).status).toBe('succeeded');
  // With the values of then, the secret one too.
  expect(await logOf(again, 'pipeline', 'hello', 2)).toBe('hi\nfirst\n');
  expect(await again.stop()).toBe(0);
}, 90_000);

test('of those who set it at once, each knows what it is in place of, or is told what is there now', async () => {
  await using place = pikociPlace();
  place.write('pipeline.hcl', pipeline('1m'));
  const server = await place.startServer('--db-system', 'mem', '--no-run-worker');
  const values = ['--var', 'password=x'];
  await server.cli('pipelines', 'set', 'p', ...values);
  const racers = ['2m', '3m', '4m', '5m'];
  for (const timeout of racers) place.write(`${timeout}.hcl`, pipeline(timeout, `# ${timeout}`));
  const ends = await Promise.all(
    racers.map((timeout) => server.cli('pipelines', 'set', 'p', '--pipeline-config', `${timeout}.hcl`, ...values)),
  );
  const made = ends.filter(({ code }) => code === 0);
  expect(made.length).toBeGreaterThan(0);
  for (const { code, stderr } of ends.filter((end) => end.code !== 0)) {
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/was set by admin .*changed:\n\n {2}~ job "hello"\n[\s\S]*made from revision \d/),
    ]);
  }
  const history = (await server.json('pipelines', 'history', '-p', 'p', '--json')) as { revision: number }[];
  expect(history.map(({ revision }) => revision)).toEqual(
    [...Array(made.length + 1).keys()].map((n) => n + 1).reverse(),
  );
  expect(await server.stop()).toBe(0);
}, 90_000);

test('what was fetched for a revision is kept with it', async () => {
  await using place = pikociPlace();
  let says = 'first';
  const web = createServer((_request, answer) => {
    answer.end(`runner_type "say" {\n run {\n path = "echo"\n args = ["${says}"]\n }\n}\n`);
  });
  await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve));
  const address = web.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const text = (comment: string): string =>
    `# ${comment}\nrunner_type "say" { source = "http://127.0.0.1:${port}/say.hcl" }\njob "hello" {\n task "t" {\n run "say" {}\n }\n}\n`;
  try {
    const server = await place.startServer('--db-system', 'mem', '--allow-private-sources');
    for (const word of ['first', 'second']) {
      says = word;
      place.write('pipeline.hcl', text(word));
      expect((await server.cli('pipelines', 'set')).code).toBe(0);
    }
    says = 'third';
    const restored = await server.cli('pipelines', 'restore', '1', '-p', 'pipeline');
    expect(restored).toMatchObject({ code: 0, stdout: 'pipeline pipeline: changed, revision 3\n' });
    expect(restored.stderr).toContain('["second"] -> ["first"]');
    await trigger(server, 'hello');
    expect((await endedBuild(server, 'pipeline', 'hello', 1)).status).toBe('succeeded');
    expect(await logOf(server, 'pipeline', 'hello', 1)).toBe('first\n');
    expect(await server.stop()).toBe(0);
  } finally {
    web.closeAllConnections();
    await new Promise((resolve) => web.close(resolve));
  }
}, 90_000);
