import { expect } from 'bun:test';
import { resolve } from 'node:path';
import { pikociAvailability, pikociPlace } from '../servers/pikoci.ts';
import { testWith } from '../servers/required.ts';
import { trigger } from './build-detail.ts';
import { endedBuild, logOf } from './builds.ts';

const test = testWith({ executable: pikociAvailability() });

const EXAMPLE = resolve(import.meta.dirname, '../../examples/modules/pipeline.hcl');
const RUN = ['run', '--pipeline-config', EXAMPLE, '--var', 'token=s3cret-t0ken'];

test('the example runs: a job of a module, with a secret input that stays one', async () => {
  await using place = pikociPlace();
  const { code, stdout, stderr } = await place.run([...RUN, '--job', 'hello--test']);
  expect([code, stdout + stderr]).toEqual([
    0,
    expect.stringContaining('hello: greeting is fine, shown *** (12 characters)'),
  ]);
  expect(stdout + stderr).not.toContain('s3cret-t0ken');
  const spanish = await place.run([...RUN, '--job', 'bye--es--test']);
  expect([spanish.code, spanish.stdout]).toEqual([0, expect.stringContaining('bye-es: syntax is fine')]);
  const report = await place.run([...RUN, '--job', 'report']);
  const summary = 'hello with 2 checks, bye-en with 1 checks, bye-es with 1 checks';
  expect([report.code, report.stdout]).toEqual([0, expect.stringContaining(summary)]);
});

const PIPELINE = `variable "password" {
  secret "env" { path = "PIKOCI_TEST_PASSWORD" }
}
module "part" {
  source   = "parts/part.hcl"
  password = "<\${var.password}>"
}
resource_type "count" {
  check "shell" { cmd = "echo '[{\\"n\\": \\"1\\"}]'" }
  pull "shell" { cmd = "echo pulled > $GET_DIR/file" }
}
job "after" {
  get "count" "part--numbers" {
    trigger = true
    passed  = ["part--first"]
  }
  task "look" {
    run "shell" { cmd = "cat numbers/file; echo $GREETING" }
    env = { GREETING = module.part.greeting }
  }
}
`;

const PART = `variable "password" {
  type = string
}
resource "count" "numbers" {}
job "first" {
  get "count" "numbers" { trigger = true }
  task "use" {
    run "shell" { cmd = "\${file("use.sh")}" }
    env = { PASSWORD = var.password }
  }
}
output "greeting" { value = "hello \${var.password} of \${build.job}" }
`;

test('a server watches the resource of a module, and runs its jobs and those behind them', async () => {
  const environment = { PATH: process.env.PATH ?? '', PIKOCI_TEST_PASSWORD: 'correct-horse' };
  await using place = pikociPlace({ environment });
  place.write('pipeline.hcl', PIPELINE);
  place.write('parts/part.hcl', PART);
  place.write('parts/use.sh', 'cat numbers/file; echo "$PASSWORD is ${#PASSWORD} long"');
  const server = await place.startServer(
    ...['--db-system', 'mem', '--pipeline-config', 'pipeline.hcl', '--pass-env', 'PIKOCI_TEST_PASSWORD'],
  );
  expect((await endedBuild(server, 'pipeline', 'part--first', 1)).versions).toEqual({
    'count.part--numbers': { n: '1' },
  });
  const after = await endedBuild(server, 'pipeline', 'after', 1);
  expect(after.status).toBe('succeeded');
  expect(await logOf(server, 'pipeline', 'part--first', 1)).toContain('pulled\n<***> is 15 long');
  expect(await logOf(server, 'pipeline', 'after', 1)).toContain('pulled\nhello <***> of after');
  await server.stop();
});

test('a plan shows what a module changes, and an earlier revision comes back with its modules', async () => {
  const part = (greeting: string): string => `variable "who" {}
variable "pin" {
  sensitive = true
}
job "hello" {
  task "greet" {
    run "shell" { cmd = "echo ${greeting} \${var.who} $PIN" }
    env = { PIN = var.pin }
  }
}
`;
  await using place = pikociPlace();
  place.write('pipeline.hcl', 'module "part" {\n  source = "part.hcl"\n  who = "you"\n  pin = "1234-5678"\n}\n');
  place.write('part.hcl', part('hello'));
  const server = await place.startServer('--db-system', 'mem');
  const set = () => server.cli('pipelines', 'set');
  expect(await set()).toMatchObject({ code: 0, stdout: 'pipeline pipeline: made, revision 1\n' });
  place.write('part.hcl', part('bye'));
  const plan = await server.cli('plan', 'pipeline.hcl', '--detailed-exitcode');
  expect([plan.code, plan.stdout]).toEqual([2, expect.stringContaining('~ job "part--hello"')]);
  expect(plan.stdout).not.toContain('1234-5678');
  expect((await set()).code).toBe(0);
  const restored = await server.cli('pipelines', 'restore', '1', '-p', 'pipeline');
  expect(restored).toMatchObject({ code: 0, stdout: 'pipeline pipeline: changed, revision 3\n' });
  expect(restored.stderr).not.toContain('warning');
  await trigger(server, 'part--hello');
  expect((await endedBuild(server, 'pipeline', 'part--hello', 1)).status).toBe('succeeded');
  expect(await logOf(server, 'pipeline', 'part--hello', 1)).toBe('hello you ***\n');
  await server.stop();
});

test('a mistake in a module is shown in its text, with the call it comes from', async () => {
  await using place = pikociPlace();
  place.write('pipeline.hcl', 'module "part" {\n  source = "parts/part.hcl"\n  pasword = "x"\n}\n');
  place.write('parts/part.hcl', PART.replace('var.password }', 'var.passwd }'));
  const { code, stdout, stderr } = await place.run(['validate', 'pipeline.hcl']);
  const output = stdout + stderr;
  expect(code).toBe(1);
  for (const part of [
    'pipeline.hcl:3',
    'Did you mean "password"?',
    'parts/part.hcl:9',
    'In module "part" (pipeline.hcl, line 1).',
    'Did you mean "var.password"?',
  ]) {
    expect(output).toContain(part);
  }
});
