import { afterAll, beforeEach, describe, expect, test } from 'bun:test';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { CodedError } from '../lib/coded-error.ts';
import { registerFormatCommand } from './format-command.ts';

const root = await mkdtemp(join(tmpdir(), 'pikoci-test-'));
afterAll(() => rm(root, { recursive: true, force: true }));
let cwd = root;
beforeEach(async () => {
  cwd = await mkdtemp(join(root, 'd'));
});

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

interface World {
  readonly stdin?: readonly (string | Uint8Array)[];
  readonly env?: Readonly<Record<string, string>>;
  readonly isTTY?: boolean;
}

async function fmt(args: readonly string[], { stdin = [], env = {}, isTTY = false }: World = {}): Promise<Ran> {
  const ran = { code: -1, out: '', err: '' };
  const sink = (name: 'out' | 'err') => ({
    isTTY,
    write: (text: string | Uint8Array) => {
      ran[name] += text;
    },
  });
  const program = new Command('pikoci').exitOverride();
  registerFormatCommand(program, {
    stdout: sink('out'),
    stderr: sink('err'),
    env,
    cwd,
    exit: (code) => {
      ran.code = code;
    },
    stdin: async function* () {
      yield* stdin;
    },
  });
  await program.parseAsync(['fmt', ...args], { from: 'user' });
  return ran;
}

async function write(files: Readonly<Record<string, string | Uint8Array>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(join(cwd, name, '..'), { recursive: true });
    await writeFile(join(cwd, name), text);
  }
}
const read = (name: string): Promise<string> => readFile(join(cwd, name), 'utf8');

describe('files in place', () => {
  test('those that changed are named, and nothing is left beside them', async () => {
    await write({ 'a.hcl': 'a=1', 'b.hcl': 'b = 2\n', 'c.txt': 'c=3' });
    expect(await fmt([])).toEqual({ code: 0, out: 'a.hcl\n', err: '' });
    expect(await read('a.hcl')).toBe('a = 1\n');
    expect(await read('c.txt')).toBe('c=3');
    expect((await readdir(cwd)).sort()).toEqual(['a.hcl', 'b.hcl', 'c.txt']);
    expect(await fmt([])).toEqual({ code: 0, out: '', err: '' });
  });

  test('a formatted file is not written', async () => {
    await write({ 'a.hcl': 'a = 1\n' });
    const before = (await stat(join(cwd, 'a.hcl'), { bigint: true })).mtimeNs;
    await fmt(['a.hcl']);
    expect((await stat(join(cwd, 'a.hcl'), { bigint: true })).mtimeNs).toBe(before);
  });

  const texts: readonly (readonly [name: string, before: string, after: string])[] = [
    ['an empty file', '', ''],
    ['a file of empty lines', '\n\n\n', ''],
    ['no newline at the end', 'a = 1', 'a = 1\n'],
    ['carriage returns stay', 'a=1\r\nbb=2\r\n', 'a  = 1\r\nbb = 2\r\n'],
    ['a byte order mark goes', '\ufeffa = 1\n', 'a = 1\n'],
    ['a comment at the end', 'a = 1\n# b', 'a = 1\n# b\n'],
  ];
  for (const [name, before, after] of texts) {
    test(name, async () => {
      await write({ 'a.hcl': before });
      expect((await fmt(['a.hcl'])).code).toBe(0);
      expect(await read('a.hcl')).toBe(after);
      expect((await fmt(['--check', 'a.hcl'])).out).toBe('');
    });
  }

  test('a file that is named is formatted whatever its name ends in', async () => {
    await write({ vars: 'a=1' });
    expect(await fmt(['vars'])).toEqual({ code: 0, out: 'vars\n', err: '' });
  });

  test('mode stays', async () => {
    await write({ 'a.hcl': 'a=1' });
    await chmod(join(cwd, 'a.hcl'), 0o640);
    await fmt([]);
    expect((await stat(join(cwd, 'a.hcl'))).mode & 0o777).toBe(0o640);
  });
});

describe('which files', () => {
  beforeEach(() =>
    write({
      'a.hcl': 'a=1',
      '.pikoci.hcl': 'a=1',
      'sub/b.hcl': 'b=1',
      'sub/deep/c.hcl': 'c=1',
      'node_modules/x/d.hcl': 'd=1',
      '.git/e.hcl': 'e=1',
    }),
  );

  test('without a path: this directory', async () => expect((await fmt(['--check'])).out).toBe('.pikoci.hcl\na.hcl\n'));
  test('a directory', async () => expect((await fmt(['--check', 'sub'])).out).toBe('sub/b.hcl\n'));
  test('--recursive', async () =>
    expect((await fmt(['--check', '-r'])).out).toBe('.pikoci.hcl\na.hcl\nsub/b.hcl\nsub/deep/c.hcl\n'));
  test('a file that is named twice is done once', async () =>
    expect((await fmt(['--check', 'a.hcl', './a.hcl', '.'])).out).toBe('a.hcl\n.pikoci.hcl\n'));

  test('a link stays a link, and its file is formatted once', async () => {
    await symlink('a.hcl', join(cwd, '0.hcl'));
    await symlink('sub/b.hcl', join(cwd, 'z.hcl'));
    await symlink('sub', join(cwd, 'dir.hcl'));
    expect((await fmt([])).out).toBe('.pikoci.hcl\na.hcl\nz.hcl\n');
    expect(await read('sub/b.hcl')).toBe('b = 1\n');
    expect((await readdir(cwd, { withFileTypes: true })).filter((entry) => entry.isSymbolicLink())).toHaveLength(3);
  });

  test('directories without a file to format', async () => {
    await mkdir(join(cwd, 'none'));
    expect(await fmt(['none'])).toEqual({
      code: 0,
      out: '',
      err: 'pikoci: there is no *.hcl file in none; --recursive looks in the directories inside it, too\n',
    });
    expect((await fmt(['-r', 'none'])).err).toBe('pikoci: there is no *.hcl file in none\n');
  });
});

describe('what cannot be formatted is left as it is, and the rest is formatted', () => {
  const cases: readonly (readonly [name: string, text: string | Uint8Array, told: string])[] = [
    ['mistakes', 'a = [', 'bad.hcl:1:5'],
    ['not UTF-8', new Uint8Array([97, 61, 34, 255, 34]), 'cannot format bad.hcl: it is not UTF-8 text'],
    ['too large', new Uint8Array(16 * 1024 * 1024 + 1), 'cannot format bad.hcl: it is larger than 16 MiB'],
  ];
  for (const [name, text, told] of cases) {
    test(name, async () => {
      await write({ 'bad.hcl': text, 'good.hcl': 'a=1' });
      const { code, out, err } = await fmt([]);
      expect({ code, out }).toEqual({ code: 1, out: 'good.hcl\n' });
      expect(err).toContain(told);
      expect(await readFile(join(cwd, 'bad.hcl'))).toEqual(Buffer.from(text));
    });
  }

  test('files that are not there, and what is no file', async () => {
    await write({ 'good.hcl': 'a=1' });
    await symlink('nowhere.hcl', join(cwd, 'broken.hcl'));
    const { code, out, err } = await fmt(['missing.hcl', '.', '/dev/null', 'good.hcl/x']);
    expect({ code, out }).toEqual({ code: 1, out: 'good.hcl\n' });
    expect(err).toBe(
      [
        'pikoci: cannot read missing.hcl: there is no such file or directory',
        'pikoci: cannot read broken.hcl: there is no such file or directory',
        'pikoci: cannot format /dev/null: it is neither a file nor a directory',
        'pikoci: cannot read good.hcl/x: a part of the path is a file, not a directory',
        '',
      ].join('\n'),
    );
  });
});

describe('--check and --diff', () => {
  test('--check changes nothing and ends with 1', async () => {
    await write({ 'a.hcl': 'a=1', 'b.hcl': 'b = 1\n' });
    expect(await fmt(['--check'])).toEqual({
      code: 1,
      out: 'a.hcl\n',
      err: 'pikoci: a file is not formatted; pikoci fmt does it\n',
    });
    expect(await read('a.hcl')).toBe('a=1');
    expect(await fmt(['--check', 'b.hcl'])).toEqual({ code: 0, out: '', err: '' });
  });

  const diff = '--- a/a.hcl\n+++ b/a.hcl\n@@ -1,2 +1,2 @@\n a = 1\n-b=2\n\\ No newline at end of file\n+b = 2\n';

  test('--diff changes nothing', async () => {
    await write({ 'a.hcl': 'a = 1\nb=2' });
    expect(await fmt(['--diff'])).toEqual({ code: 0, out: diff, err: '' });
    expect((await fmt(['--diff', '--check'])).code).toBe(1);
    expect(await read('a.hcl')).toBe('a = 1\nb=2');
  });

  test('in colour on a terminal, and harmless there', async () => {
    await write({ 'a.hcl': 'a=1 # \x1b[2J\n' });
    expect((await fmt(['--diff'], { isTTY: true })).out).toContain('\x1b[31m-a=1 # \ufffd[2J\x1b[39m\n');
    expect((await fmt(['--diff'], { isTTY: true, env: { NO_COLOR: '1' } })).out).toContain('\n-a=1 # \ufffd[2J\n');
  });

  test('a file of which every line changes', async () => {
    const lines = Array.from({ length: 2000 }, (_, at) => `a${at}=${at}\n\n`);
    await write({ 'a.hcl': lines.join('').trimEnd() });
    const { out } = await fmt(['--diff']);
    expect(out.split('\n')).toHaveLength(3 + 3999 + 3999 + 1 + 1);
    expect(out.split('\n').slice(0, 4)).toEqual(['--- a/a.hcl', '+++ b/a.hcl', '@@ -1,3999 +1,3999 @@', '-a0=0']);
  });
});

test('an empty name is not this directory', async () => {
  await write({ 'a.hcl': 'a=1\n' });
  const { code, out, err } = await fmt(['']);
  expect([code, out, err]).toEqual([1, '', expect.stringContaining('a path is empty')]);
});

describe('standard input', () => {
  test('is written to standard output', async () =>
    expect(await fmt(['-'], { stdin: ['a', new TextEncoder().encode('=1')] })).toEqual({
      code: 0,
      out: 'a = 1\n',
      err: '',
    }));
  test('with --check', async () => {
    expect(await fmt(['-', '--check'], { stdin: ['a=1'] })).toEqual({ code: 1, out: '<stdin>\n', err: '' });
    expect(await fmt(['-', '--check'], { stdin: ['a = 1\n'] })).toEqual({ code: 0, out: '', err: '' });
  });
  test('with --diff', async () =>
    expect((await fmt(['-', '--diff'], { stdin: ['a=1\n'] })).out).toBe(
      '--- a/<stdin>\n+++ b/<stdin>\n@@ -1,1 +1,1 @@\n-a=1\n+a = 1\n',
    ));
  test('with mistakes nothing is written', async () => {
    const { code, out, err } = await fmt(['-'], { stdin: ['a = '] });
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toContain('<stdin>:1:');
  });
  test('does not go together with files', async () => expect(fmt(['-', 'a.hcl'])).rejects.toThrow(CodedError));
});
