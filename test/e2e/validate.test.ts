import { expect } from 'bun:test';
import { pikociAvailability, pikociPlace } from '../servers/pikoci.ts';
import { testWith } from '../servers/required.ts';

const test = testWith({ executable: pikociAvailability() });

const BROKEN = `resource "git" "app" {
  params {
    url = "https://example.com/app"
  }
  check_intervall = "@every 1m"
}

job "test" {
  get "git" "ap" { trigger = true }
  task "t" {
    run "exce" {
      path = "true"
    }
  }
}

job "deploy" {
  get "git" "app" { passed = ["tset"] }
  task "t" {
    run "exec" {
      path = "echo"
      args = ["\${var.nothing}"]
    }
  }
}
`;

test('every mistake of a file is listed, with its line and the nearest name', async () => {
  await using place = pikociPlace();
  place.write('pipeline.hcl', BROKEN);
  const { code, stdout, stderr } = await place.run(['validate', 'pipeline.hcl']);
  const output = stdout + stderr;
  expect(code).toBe(1);
  for (const part of [
    'check_intervall',
    '"check_interval"',
    'Did you mean "app"?',
    'exce',
    '"exec"',
    'tset',
    '"test"',
    'nothing',
    'pipeline.hcl:5',
  ]) {
    expect(output).toContain(part);
  }
});

test('for machines: the same as JSON', async () => {
  await using place = pikociPlace();
  place.write('pipeline.hcl', BROKEN);
  const { code, stdout } = await place.run(['validate', 'pipeline.hcl', '--json']);
  expect(code).toBe(1);
  const { valid, diagnostics } = JSON.parse(stdout) as {
    valid: boolean;
    diagnostics: { severity: string; subject: { start: { line: number } } }[];
  };
  expect(valid).toBe(false);
  expect(
    diagnostics
      .filter(({ severity }) => severity === 'error')
      .map(({ subject }) => subject.start.line)
      .sort((a, b) => a - b),
  ).toEqual([5, 9, 11, 18, 22]);
});

test('editors get the place as they count, from 0', async () => {
  await using place = pikociPlace();
  place.write('pipeline.hcl', 'job "日本" {\n}\n');
  const { code, stdout } = await place.run(['validate', 'pipeline.hcl', '--json']);
  expect(code).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({
    valid: false,
    diagnostics: [
      {
        code: 'bad-name',
        subject: { start: { line: 1, column: 5 } },
        range: { start: { line: 0, character: 4 }, end: { line: 0, character: 8 } },
      },
    ],
  });
});

const odd: [what: string, content: string, said: string][] = [
  ['an empty file', '', 'There is nothing in this file'],
  ['only comments', '# nothing\n', 'There is nothing in this file'],
  ['a binary', 'ELF\0\u0001\0', 'no text'],
  ['ten thousand levels', `locals {\n  a = ${'['.repeat(10_000)}${']'.repeat(10_000)}\n}\n`, 'Nested too deeply'],
  ['ten thousand jobs', Array.from({ length: 10_000 }, (_, at) => `job "j${at}" {\n}\n`).join(''), 'at most 2000'],
  ['a line of braces', '}'.repeat(100_000), 'Unexpected }'],
  ['fifty thousand mistakes', 'a b c\n'.repeat(50_000), 'and 49900 more'],
  ['a megabyte in one string', `locals {\n  a = "${'x'.repeat(1_000_000)}\n}\n`, 'Unclosed string'],
];
for (const [what, content, said] of odd) {
  test(`${what} is answered`, async () => {
    await using place = pikociPlace();
    place.write('pipeline.hcl', content);
    const { stdout, stderr } = await place.run(['validate', 'pipeline.hcl']);
    expect(stdout + stderr).toContain(said);
    expect(stderr).not.toContain('\u001b');
  });
}

test('a server does not start half-way on a file that is not valid', async () => {
  await using place = pikociPlace();
  place.write('pipeline.hcl', BROKEN);
  const { code, stderr, stdout } = await place.run([
    'server',
    '--port',
    '0',
    '--db-system',
    'mem',
    '--pipeline-config',
    'pipeline.hcl',
  ]);
  expect(code).toBe(1);
  expect(stderr).toContain('check_intervall');
  expect(stderr + stdout).not.toContain('listening');
});
