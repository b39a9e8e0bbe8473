import { expect, test } from 'bun:test';
import { type BundleReader, makeBundle } from './bundle.ts';
import { directoryInside, joinInside } from './bundle-path.ts';

const DISK: Record<string, string> = {
  'runner.hcl': 'runner_type "r" {\n  run {\n    path = file("deep/path.txt")\n  }\n}\n',
  'deep/path.txt': 'echo',
  'deep/a.sh': 'a',
  'deep/b.sh': 'b',
  'deep/c.txt': 'c',
  'note.txt': 'n',
  'unused.txt': 'u',
  'parts/m.hcl':
    'module "n" { source = "../deep/n.hcl" }\nlocals {\n  a = file("near.txt")\n  b = file("../note.txt")\n}\n',
  'parts/near.txt': 'n',
  'deep/n.hcl': 'resource_type "x" { source = "x.hcl" }\nlocals { a = fileset(".", "*.sh") }\n',
  'deep/x.hcl': 'resource_type "x" {\n  params = [file("c.txt")]\n}\n',
};

const reader = (main: string, asked: string[] = []): BundleReader => ({
  read: async (path) => {
    asked.push(path);
    return path === 'main.hcl' ? main : DISK[path];
  },
  list: async (directory) => Object.keys(DISK).filter((path) => directory === '' || path.startsWith(`${directory}/`)),
});

const table: [what: string, main: string, files: string[]][] = [
  ['nothing', 'job "a" {}', []],
  [
    'modules, and what lies beside them',
    'module "m" { source = "parts/m.hcl" }',
    [
      ...['deep/a.sh', 'deep/b.sh', 'deep/c.txt', 'deep/n.hcl', 'deep/x.hcl', 'note.txt'],
      ...['parts/m.hcl', 'parts/near.txt'],
    ],
  ],
  ['a module that calls itself', 'module "m" { source = "main.hcl" }', []],
  ['a module that leads out', 'module "m" { source = "../m.hcl" }', []],
  [
    'a source, and what it reads in turn',
    'runner_type "x" { source = "./runner.hcl" }',
    ['deep/path.txt', 'runner.hcl'],
  ],
  ['a source from elsewhere', 'runner_type "x" { source = "pikoci://docker" }', []],
  ['functions, deep inside', 'locals { a = { b = [upper("x${file("note.txt")}")] } }', ['note.txt']],
  [
    'the file of a template, and one in its arguments',
    'locals { a = templatefile("note.txt", { b = file("deep/c.txt") }) }',
    ['deep/c.txt', 'note.txt'],
  ],
  ['a set of files', 'locals { a = fileset("deep", "*.sh") }', ['deep/a.sh', 'deep/b.sh']],
  ['a set of files at the top', 'locals { a = fileset(".", "*.txt") }', ['note.txt', 'unused.txt']],
  ['what is not there', 'locals { a = file("nope.txt") }', []],
  ['what leads out', 'locals { a = file("../etc/passwd") \n b = file("/etc/passwd") \n c = fileset("..", "*") }', []],
  ['what is computed', 'locals { a = file(local.name) }', []],
  ['a broken file', 'locals { a = file("note.txt") \n b = }', ['note.txt']],
];
test.each(table)('%s', async (_, main, files) => {
  const asked: string[] = [];
  const bundle = await makeBundle('main.hcl', reader(main, asked));
  expect(bundle.main).toBe('main.hcl');
  expect(Object.keys(bundle.files).sort()).toEqual(['main.hcl', ...files].sort());
  expect(asked.some((path) => path.startsWith('/') || path.startsWith('..'))).toBe(false);
});

test('what is no text is kept as bytes', async () => {
  const main = 'locals { a = filebase64("logo.png") }';
  const bundle = await makeBundle('main.hcl', {
    ...reader(main),
    read: async (path) => (path === 'logo.png' ? new Uint8Array([0xff, 0x00, 0x80]) : reader(main).read(path)),
  });
  expect(bundle).toEqual({ main: 'main.hcl', files: { 'main.hcl': main }, binaries: { 'logo.png': '/wCA' } });
});

test('no main file', () => {
  expect(makeBundle('other.hcl', reader(''))).rejects.toMatchObject({ code: 'bundle_no_main' });
});

test('the lock file beside it goes along, also below a directory', async () => {
  const files: Readonly<Record<string, string>> = {
    'ci/p.hcl': 'job "j" {}',
    'ci/p.lock.hcl': 'format = 1\n',
    'p.lock.hcl': 'x',
  };
  const bundle = await makeBundle('ci/p.hcl', { read: async (path) => files[path], list: async () => [] });
  expect(Object.keys(bundle.files)).toEqual(['ci/p.hcl', 'ci/p.lock.hcl']);
});

test('too much', () => {
  const huge = {
    ...reader('locals { a = file("note.txt") }'),
    read: async (path: string) =>
      path === 'main.hcl' ? 'locals { a = file("note.txt") }' : 'x'.repeat(9 * 1024 * 1024),
  };
  expect(makeBundle('main.hcl', huge)).rejects.toMatchObject({ code: 'bundle_too_large' });
});

test.each([
  ['p.hcl', './a.hcl', 'a.hcl'],
  ['ci/p.hcl', '../a.hcl', 'a.hcl'],
  ['ci/p.hcl', 'x/../a.hcl', 'ci/a.hcl'],
  ['p.hcl', '../a.hcl', undefined],
  ['p.hcl', 'x/../../a.hcl', undefined],
  ['p.hcl', '/a.hcl', undefined],
  ['p.hcl', 'C:\\a.hcl', undefined],
  ['p.hcl', '.', undefined],
] as const)('%s: %s is %p', (main, path, expected) => {
  expect(joinInside(main, path)).toBe(expected as string);
});

test('the directory itself', () => {
  expect(directoryInside('p.hcl', '.')).toBe('');
  expect(directoryInside('ci/p.hcl', '.')).toBe('ci');
  expect(directoryInside('p.hcl', '..')).toBeUndefined();
});
