import { describe, expect, test } from 'bun:test';
import type { Json } from '../lib/json.ts';
import { type ExpandedCommand, expandCommand, expandThrough, type Parameters, shellQuote } from './expand-command.ts';
import type { CommandTemplate, RunnerType } from './plan-types.ts';
import { decideScript } from './private-script.ts';

const runner = (run: CommandTemplate, defaults: Record<string, Json> = {}, workdir?: string): RunnerType => ({
  name: 'r',
  builtin: true,
  run,
  defaults,
  ...(workdir !== undefined && { workdir }),
});
const plain = (params: Record<string, Json>): Parameters =>
  Object.fromEntries(Object.entries(params).map(([name, value]) => [name, { value, sensitive: false }]));
const place = { workdir: '/w', envNames: ['A', 'B'] };

function expand(type: RunnerType, params: Parameters): ExpandedCommand {
  const result = expandCommand(type, params, place);
  if (result.kind === 'missing') throw new Error(`missing ${result.parameter}`);
  return result;
}

describe('arguments', () => {
  const table: [name: string, args: string[], params: Record<string, Json>, expected: string[]][] = [
    ['a parameter', ['$image'], { image: 'alpine' }, ['alpine']],
    ['in braces, within a text', ['x-${image}y'], { image: 'alpine' }, ['x-alpiney']],
    ['the directory', ['-v', '$WORKDIR:/workdir'], {}, ['-v', '/w:/workdir']],
    [
      'upper case stays for the shell',
      ['$HOME $BUILD_NUMBER $Mixed $1 $$ $'],
      {},
      ['$HOME $BUILD_NUMBER $Mixed $1 $$ $'],
    ],
    ['a list becomes that many', ['a', '$args', 'z'], { args: ['1', '2 3'] }, ['a', '1', '2 3', 'z']],
    ['an empty list becomes none', ['a', '$args', 'z'], { args: [] }, ['a', 'z']],
    ['numbers and truths in a list', ['$args'], { args: [1, true, 1e21] }, ['1', 'true', '1000000000000000000000']],
    ['a list within a text is JSON', ['n=$args'], { args: ['a', 1] }, ['n=["a",1]']],
    ['not given: gone', ['a', '$user', 'z'], {}, ['a', 'z']],
    ['null: gone', ['a', '$user', 'z'], { user: null }, ['a', 'z']],
    ['empty text: stays', ['a', '$user', 'z'], { user: '' }, ['a', '', 'z']],
    ['not given within a text: nothing', ['--user=$user'], {}, ['--user=']],
    [
      'not looked at again',
      ['$cmd', 'x $cmd'],
      { cmd: '$image $WORKDIR', image: 'i' },
      ['$image $WORKDIR', 'x $image $WORKDIR'],
    ],
    ['the environment by name', ['run', '$env', 'i'], {}, ['run', '-e', 'A', '-e', 'B', 'i']],
    ['only whole', ['$env.x'], {}, ['.x']],
  ];
  test.each(table)('%s', (_, args, params, expected) => {
    expect(expand(runner({ path: 'p', args }), plain(params)).args).toEqual(expected);
  });

  test('a default stands in for what is not given', () => {
    const type = runner({ path: '$shell', args: ['$a'] }, { shell: '/bin/sh', a: 'x' });
    expect(expand(type, plain({ a: null }))).toMatchObject({ path: '/bin/sh', args: ['x'] });
    expect(expand(type, plain({ shell: 'bash', a: 'y' }))).toMatchObject({ path: 'bash', args: ['y'] });
  });

  test('a path that nobody gave', () => {
    expect(expandCommand(runner({ path: '$path', args: [] }), {}, place)).toEqual({
      kind: 'missing',
      parameter: 'path',
    });
  });

  test('names of the prototype are no parameters', () => {
    expect(expand(runner({ path: 'p', args: ['$constructor', '$to_string'] }), {}).args).toEqual([]);
  });

  test('what no template mentions is unused', () => {
    const type: RunnerType = { ...runner({ path: 'p', args: ['$a'] }), cleanup: { path: 'rm', args: ['$b'] } };
    expect(expand(type, plain({ a: 1, b: 2, c: 3, d: null })).unused).toEqual(['c']);
  });

  test('what its program alone is told, secrets too', () => {
    const env = { A: '$a', B: 'b=$b', C: '$c', NAMES: '$env' };
    const type = runner({ path: 'p', args: [], env });
    const params: Parameters = { a: { value: 'x', sensitive: true }, b: { value: ['1'], sensitive: false } };
    const place = { workdir: '/w', envNames: ['ONE', 'TWO'] };
    expect(expandCommand(type, params, place)).toMatchObject({
      env: { A: 'x', B: 'b=["1"]', NAMES: 'ONE TWO' },
      isEnvSensitive: true,
      sensitive: [],
      unused: [],
    });
    expect(expandCommand(type, {}, place)).toMatchObject({ env: { B: 'b=' }, isEnvSensitive: false });
  });

  test('where it starts', () => {
    const type = runner({ path: 'p', args: [], dir: '$dir' });
    expect(expand(type, plain({ dir: 'app' })).dir).toBe('app');
    expect(expand(type, {}).dir).toBeUndefined();
  });
});

describe('through another runner', () => {
  const exec = runner({ path: '$path', args: ['$args'], dir: '$dir' });
  const docker = runner({ path: 'docker', args: ['run', '$image', 'sh', '-ec', '$cmd'] }, {}, '/workdir');

  test('the inner command is the cmd of the outer', () => {
    const params = plain({ path: '/bin/echo', args: ["it's", 'a b'], dir: 'my app' });
    const result = expandThrough({ type: exec, params }, { type: docker, params: plain({ image: 'i' }) }, place);
    expect(result).toMatchObject({
      path: 'docker',
      args: ['run', 'i', 'sh', '-ec', "cd 'my app' && /bin/echo 'it'\\''s' 'a b'"],
      unused: [],
    });
  });

  test('WORKDIR is where it appears inside', () => {
    const told = runner({ path: 'ls', args: [], env: { TOKEN: '$token' } });
    const secret = { token: { value: "it's", sensitive: true } };
    expect(
      expandThrough({ type: told, params: secret }, { type: docker, params: plain({ image: 'i' }) }, place),
    ).toMatchObject({
      args: ['run', 'i', 'sh', '-ec', "TOKEN='it'\\''s' ls"],
      sensitive: [4],
    });
    const inner = runner({ path: 'ls', args: ['$WORKDIR'] });
    const result = expandThrough({ type: inner, params: {} }, { type: docker, params: plain({ image: 'i' }) }, place);
    expect(result).toMatchObject({ args: ['run', 'i', 'sh', '-ec', 'ls /workdir'] });
  });
});

describe('sensitive values', () => {
  const secret = (value: Json) => ({ value, sensitive: true });

  test('are found', () => {
    const type = runner({ path: '$path', args: ['-x', '$a', 'b=$b', '$list'] });
    const result = expand(type, { path: secret('p'), a: secret('1'), b: secret('2'), list: secret(['3', '4']) });
    expect(result.sensitive).toEqual([-1, 1, 2, 3, 4]);
  });

  const scripts: [string, CommandTemplate, file: string[]][] = [
    ['sh -c', { path: '/bin/sh', args: ['-c', '$cmd'] }, ['F']],
    ['options stay', { path: 'bash', args: ['-ec', '$cmd'] }, ['-e', 'F']],
    [
      'after other options',
      { path: 'bash', args: ['-e', '-o', 'pipefail', '-c', '$cmd'] },
      ['-e', '-o', 'pipefail', 'F'],
    ],
    ['$0 goes, the rest stays', { path: 'sh', args: ['-c', '$cmd', 'zero', 'one'] }, ['F', 'one']],
    [
      'inside docker',
      { path: 'docker', args: ['run', 'i', '/bin/sh', '-ec', '$cmd'] },
      ['run', 'i', '/bin/sh', '-e', 'F'],
    ],
  ];
  test.each(scripts)('a script goes into a file: %s', (_, template, expected) => {
    const decision = decideScript(expand(runner(template), { cmd: secret('echo hidden') }));
    expect(decision.kind).toBe('script');
    if (decision.kind !== 'script') return;
    expect(decision.script).toBe('echo hidden');
    expect(decision.withFile('F')).toEqual(expected);
  });

  const exposed: [string, CommandTemplate, number][] = [
    ['a plain argument', { path: 'curl', args: ['-H', '$cmd'] }, 1],
    ['-c of what is no shell', { path: 'git', args: ['-c', '$cmd'] }, 1],
    ['the path', { path: '$cmd', args: [] }, -1],
    ['an argument of the script', { path: 'sh', args: ['-c', 'echo $1', 'sh', '$cmd'] }, 3],
    ['script and more', { path: 'sh', args: ['-c', '$cmd', '$cmd'] }, 2],
  ];
  test.each(exposed)('anything else is refused: %s', (_, template, argument) => {
    expect(decideScript(expand(runner(template), { cmd: secret('x') }))).toEqual({ kind: 'exposed', argument });
  });

  test('nothing sensitive, nothing to do', () => {
    expect(decideScript(expand(runner({ path: 'sh', args: ['-c', '$cmd'] }), plain({ cmd: 'x' })))).toEqual({
      kind: 'plain',
    });
  });
});

test('shellQuote', () => {
  expect(['a-b/c:1', 'a b', "it's", '', '$x'].map(shellQuote)).toEqual([
    'a-b/c:1',
    "'a b'",
    "'it'\\''s'",
    "''",
    "'$x'",
  ]);
});
