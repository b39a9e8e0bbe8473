import { expect } from 'bun:test';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pikociAvailability, pikociPlace } from '../servers/pikoci.ts';
import { testWith } from '../servers/required.ts';

const test = testWith({ executable: pikociAvailability() });

const EXAMPLES = join(import.meta.dirname, '../../src/cli/import/examples');
const KINDS = [
  ['concourse', [], ['hello world', "it's hello world", 'there are 3', 'over']],
  ['github-actions', ['--resource', 'git.repo=repository'], ['there are 3', 'over', '1 hello world', '2 hello world']],
  ['gitlab', ['--resource', 'git.repo=repository'], ['over', '1 3 hello world', '2 3 hello world']],
] as const;

for (const [kind, resources, said] of KINDS) {
  test(`import ${kind}: what it writes runs`, async () => {
    await using place = pikociPlace();
    place.write('ci.yml', readFileSync(join(EXAMPLES, kind, 'tools.yml'), 'utf8'));
    place.write('repository/README.md', 'hello\n');
    const made = await place.run(['import', kind, 'ci.yml', '--repository', 'https://git.example.com/team/app.git']);
    expect(made).toMatchObject({ code: 0, stdout: '' });
    expect(made.stderr).toContain('pipeline.hcl: written');
    expect(await place.run(['validate'])).toMatchObject({ code: 0, stderr: '' });
    expect(await place.run(['fmt', '--check'])).toMatchObject({ code: 0 });
    const ran = await place.run(['run', '--all', ...resources]);
    expect({ code: ran.code, said: ran.stdout }).toMatchObject({ code: 0 });
    for (const line of said) expect(ran.stdout).toContain(line);
  });
}

test('import: what it refuses, and what stays as it is', async () => {
  await using place = pikociPlace();
  place.write('gitlab.yml', 'stages: [a]\nx: { stage: a, script: make }\n');
  place.write('list.yml', '- a\n- b\n');
  place.write('big.yml', `a: ${'x'.repeat(5 * 1024 * 1024)}\n`);
  place.write('empty.yml', '\n');
  place.write('compose.yml', 'services: { a: { image: b } }\n');
  const refused = [
    [['concourse', 'gitlab.yml'], 1, 'gitlab.yml looks like a .gitlab-ci.yml', 'pikoci import gitlab gitlab.yml'],
    [['gitlab', 'list.yml'], 1, 'at the top of list.yml is a list'],
    [['gitlab', 'big.yml'], 1, 'big.yml has 5.0 MiB'],
    [['gitlab', 'empty.yml'], 1, 'there is nothing in empty.yml'],
    [['gitlab', 'compose.yml'], 1, 'looks like a file of docker compose'],
    [['gitlab', 'nowhere.yml'], 1, 'nowhere.yml'],
    [['gitlap', 'gitlab.yml'], 2, 'did you mean gitlab?'],
    [['gitlab', 'gitlab.yml', '-o', 'gitlab.yml', '--force'], 2, 'is what is converted'],
  ] as const;
  for (const [args, code, ...texts] of refused) {
    const { stderr, code: ended } = await place.run(['import', ...args]);
    expect({ args, code: ended }).toEqual({ args, code });
    for (const text of texts) expect(stderr).toContain(text);
  }
  expect(existsSync(join(place.path, 'pipeline.hcl'))).toBe(false);

  const text = await place.run(['import', 'gitlab', 'gitlab.yml', '-o', '-']);
  expect(text).toMatchObject({ code: 0, stdout: expect.stringContaining('job "x" {') });
  expect((await place.run(['import', 'gitlab', 'gitlab.yml'])).code).toBe(0);
  expect(await place.run(['import', 'gitlab', 'gitlab.yml'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('pipeline.hcl is there already, and stays as it is'),
  });
  const json = await place.run(['import', 'gitlab', 'gitlab.yml', '--force', '--json']);
  expect(JSON.parse(json.stdout)).toMatchObject({
    kind: 'gitlab',
    output: 'pipeline.hcl',
    jobs: 1,
    notConverted: [],
    differs: [],
  });
});
