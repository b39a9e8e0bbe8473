import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  createReadStream,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { Header } from 'tar/header';
import { ARCHIVE_LIMITS } from './archive-entry.ts';
import { archiveRange, gunzipped, openIndex } from './archive-index.ts';
import { commonDirectory, insideOf, selectPaths } from './select-paths.ts';
import { unpackArchive } from './unpack-archive.ts';
import { writeArchive } from './write-archive.ts';

let dir = '';
let root = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'pikoci-archive-'));
  root = join(dir, 'root');
  mkdirSync(root);
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

function file(path: string, content: string | Uint8Array = path, mode = 0o644): void {
  const full = join(root, path);
  mkdirSync(dirname(full), { recursive: true });
  writeFileSync(full, content);
  chmodSync(full, mode);
  utimesSync(full, 1_600_000_000, 1_600_000_000);
}

let packed = 0;
async function pack(patterns: readonly string[] = ['**']) {
  packed += 1;
  const { entries } = await selectPaths(root, patterns);
  return await writeArchive(root, entries, join(dir, `archive-${packed}`));
}
const unpack = (path: string, into = join(dir, 'out'), limits = ARCHIVE_LIMITS) =>
  unpackArchive(createReadStream(path), into, {
    scratch: join(dir, 'scratch'),
    archiveBytes: statSync(path).size,
    limits,
  });
const paths = async (patterns: readonly string[]) =>
  (await selectPaths(root, patterns)).entries.map(({ path }) => path);

describe('what paths mean', () => {
  beforeEach(() => {
    for (const path of ['dist/app', 'dist/lib/a.js', 'dist/lib/a.map', 'docs/index.html', 'README', '.hidden/x'])
      file(path);
    mkdirSync(join(root, 'dist/empty'));
  });

  const cases: readonly (readonly [patterns: readonly string[], expected: readonly string[]])[] = [
    [['dist'], ['dist', 'dist/app', 'dist/empty', 'dist/lib', 'dist/lib/a.js', 'dist/lib/a.map']],
    [['./dist/'], ['dist', 'dist/app', 'dist/empty', 'dist/lib', 'dist/lib/a.js', 'dist/lib/a.map']],
    [['dist/**'], ['dist', 'dist/app', 'dist/empty', 'dist/lib', 'dist/lib/a.js', 'dist/lib/a.map']],
    [['dist/*'], ['dist', 'dist/app', 'dist/empty', 'dist/lib']],
    [['dist/lib'], ['dist', 'dist/lib', 'dist/lib/a.js', 'dist/lib/a.map']],
    [['**/*.js'], ['dist', 'dist/lib', 'dist/lib/a.js']],
    [
      ['dist/**', '!**/*.map', '!dist/empty'],
      ['dist', 'dist/app', 'dist/lib', 'dist/lib/a.js'],
    ],
    [['{README,docs/*.html}'], ['README', 'docs', 'docs/index.html']],
    [
      ['README', '.hidden'],
      ['.hidden', '.hidden/x', 'README'],
    ],
    [['nothing'], []],
  ];
  for (const [patterns, expected] of cases) {
    test(patterns.join(' '), async () => expect(await paths(patterns)).toEqual([...expected]));
  }

  test('patterns that nothing matches are named', async () => {
    expect((await selectPaths(root, ['dist/*', 'bin/*', 'READM'])).unmatched).toEqual(['bin/*', 'READM']);
  });

  test('what the paths have in common is the directory', () => {
    expect(commonDirectory(['dist/**'])).toBe('dist');
    expect(commonDirectory(['dist'])).toBe('');
    expect(commonDirectory(['./build/out/*.js', 'build/out/*.css', '!build/out/x'])).toBe('build/out');
    expect(commonDirectory(['build/a/**', 'build/b/**'])).toBe('build');
    expect(commonDirectory(['build/a', 'docs'])).toBe('');
    expect(commonDirectory(['target/release/app'])).toBe('target/release');
  });

  test('a link is taken as a link, never followed, and not taken when it leads out', async () => {
    symlinkSync('lib/a.js', join(root, 'dist/link'));
    symlinkSync('../docs', join(root, 'dist/docs'));
    expect(await paths(['**/docs/**', 'dist/link'])).not.toContain('dist/docs/index.html');
    const under = await selectPaths(join(root, 'dist'), ['link']);
    expect(under.entries).toMatchObject([{ kind: 'link', target: 'lib/a.js' }]);
    expect(selectPaths(join(root, 'dist'), ['docs'])).rejects.toMatchObject({
      code: 'archive.link_outside',
      message: expect.stringContaining('docs is a link to ../docs'),
    });
    symlinkSync('/etc', join(root, 'etc'));
    expect(selectPaths(root, ['etc'])).rejects.toMatchObject({ code: 'archive.link_outside' });
    expect(insideOf(root, 'etc')).rejects.toMatchObject({ code: 'archive.link_outside' });
    expect(await insideOf(root, 'dist/docs')).toEndWith('/docs');
  });

  test('a name that is no text cannot be packed, and says so', async () => {
    writeFileSync(Buffer.concat([Buffer.from(`${root}/dist/`), Buffer.from([0xff])]), '');
    expect(selectPaths(root, ['dist'])).rejects.toMatchObject({ code: 'archive.bad_name' });
    expect((await selectPaths(root, ['dist/lib/*.js'])).entries).toHaveLength(3);
  });

  test('a socket or a pipe is left out, and said', async () => {
    execFileSync('mkfifo', [join(root, 'dist/pipe')]);
    const found = await selectPaths(root, ['dist/p*', 'dist/app']);
    expect(found.leftOut).toEqual(['dist/pipe is neither a file, a directory nor a link']);
    expect(found.entries.map(({ path }) => path)).toEqual(['dist', 'dist/app']);
  });

  test('limits the count', async () => {
    const few = { ...ARCHIVE_LIMITS, entries: 3 };
    expect(selectPaths(root, ['**'], few)).rejects.toMatchObject({ code: 'archive.too_much' });
  });
});

describe('an archive', () => {
  const names = [
    'plain',
    'with space',
    'ünïcödé/日本語.txt',
    'line\nfeed',
    'a'.repeat(200),
    `${'d/'.repeat(60)}deep`,
    '..dots',
    '-x',
    'back\\slash',
  ];

  test('comes back with names, contents, modes, times, links and empty directories', async () => {
    for (const name of names) file(name, `content of ${name}`);
    file('run.sh', '#!/bin/sh', 0o755);
    file('secret', 'x', 0o400);
    file('empty', '');
    file('large', randomBytes(3_000_000));
    mkdirSync(join(root, 'nothing/in/here'), { recursive: true });
    chmodSync(join(root, 'nothing'), 0o555);
    symlinkSync('run.sh', join(root, 'link'));
    symlinkSync(`${'d/'.repeat(60)}deep`, join(root, `long-${'l'.repeat(120)}`));
    const archive = await pack();
    expect(archive.unpackedSize).toBeGreaterThan(3_000_000);
    const done = await unpack(archive.path);
    expect(done).toEqual({ entries: archive.entries, bytes: archive.unpackedSize });
    const out = join(dir, 'out');
    for (const name of names) expect(readFileSync(join(out, name), 'utf8')).toBe(`content of ${name}`);
    expect(readFileSync(join(out, 'large')).equals(readFileSync(join(root, 'large')))).toBe(true);
    expect([statSync(join(out, 'run.sh')).mode & 0o777, statSync(join(out, 'secret')).mode & 0o777]).toEqual([
      0o755, 0o400,
    ]);
    expect(statSync(join(out, 'plain')).mtimeMs).toBe(1_600_000_000_000);
    expect(readlinkSync(join(out, 'link'))).toBe('run.sh');
    expect(readFileSync(join(out, `long-${'l'.repeat(120)}`), 'utf8')).toStartWith('content of d/');
    expect(statSync(join(out, 'nothing')).mode & 0o777).toBe(0o555);
    expect(readdirSync(join(out, 'nothing/in/here'))).toEqual([]);
    expect(readdirSync(dir)).not.toContain('scratch');
    for (const at of [root, out]) chmodSync(join(at, 'nothing'), 0o755);
  });

  test('is the same for the same files, and an ordinary .tar.gz', async () => {
    for (const name of ['b', 'a', 'c/d', 'ünï']) file(name);
    symlinkSync('a', join(root, 'l'));
    utimesSync(join(root, 'c'), 1, 1);
    const [one, two] = [await pack(), await pack()];
    expect(two.digest).toBe(one.digest);
    expect(Buffer.compare(Buffer.from(one.index), Buffer.from(two.index))).toBe(0);
    expect(
      execFileSync('tar', ['-tzf', one.path], { env: { ...process.env, LC_ALL: 'C.UTF-8' } })
        .toString()
        .split('\n'),
    ).toEqual(['a', 'b', 'c/', 'c/d', 'l', 'ünï', '']);
    execFileSync('tar', ['-xzf', one.path, '-C', dir, 'c/d']);
    expect(readFileSync(join(dir, 'c/d'), 'utf8')).toBe('c/d');
  });

  test('any file is found by the index, without what lies before it', async () => {
    file('first', randomBytes(5_000_000));
    file('second', 'the second file');
    file('third', randomBytes(2_000_000));
    const archive = await pack();
    const index = await openIndex(Readable.from([archive.index]));
    const listed = [];
    for await (const entry of index.entries) listed.push(entry);
    expect(listed.map(({ path, size }) => [path, size])).toEqual([
      ['first', 5_000_000],
      ['second', 15],
      ['third', 2_000_000],
    ]);
    for (const entry of listed) {
      const range = archiveRange(index.members, entry.offset, entry.offset + entry.size);
      const part = createReadStream(archive.path, { start: range.start, end: range.end - 1 });
      const bytes = Buffer.concat(await Array.fromAsync(gunzipped(part)));
      expect(bytes.subarray(range.skip, range.skip + entry.size).equals(readFileSync(join(root, entry.path)))).toBe(
        true,
      );
    }
    const second = archiveRange(index.members, listed[1]!.offset, listed[1]!.offset + 15);
    expect(second.start).toBeGreaterThan(4_000_000);
  });

  test('a file that shrinks while it is packed is said', async () => {
    file('log', 'a long text');
    const { entries } = await selectPaths(root, ['log']);
    file('log', 'short');
    expect(writeArchive(root, entries, join(dir, 'a'))).rejects.toMatchObject({ code: 'archive.changed' });
    rmSync(join(root, 'log'));
    symlinkSync('/etc/passwd', join(root, 'log'));
    expect(writeArchive(root, entries, join(dir, 'b'))).rejects.toMatchObject({ code: 'archive.changed' });
  });

  test('packing and unpacking can be ended', async () => {
    for (let n = 0; n < 50; n += 1) file(`f${n}`, randomBytes(100_000));
    const { entries } = await selectPaths(root, ['**']);
    const signal = AbortSignal.abort(new Error('enough'));
    expect(writeArchive(root, entries, join(dir, 'a'), { signal })).rejects.toThrow('enough');
  });
});

describe('into a directory that has something in it', () => {
  test('what is there stays or is replaced, and no link of it is followed', async () => {
    file('a/new', 'new');
    file('a/both', 'of the archive');
    file('dir/inside', 'x');
    const archive = await pack();
    const out = join(dir, 'out');
    mkdirSync(join(out, 'a'), { recursive: true });
    writeFileSync(join(out, 'a/old'), 'old');
    writeFileSync(join(out, 'a/both'), 'of before');
    mkdirSync(join(dir, 'elsewhere'));
    symlinkSync(join(dir, 'elsewhere'), join(out, 'dir'));
    await unpack(archive.path);
    expect(readFileSync(join(out, 'a/old'), 'utf8')).toBe('old');
    expect(readFileSync(join(out, 'a/both'), 'utf8')).toBe('of the archive');
    expect(lstatSync(join(out, 'dir')).isDirectory()).toBe(true);
    expect(readdirSync(join(dir, 'elsewhere'))).toEqual([]);
  });

  test('a file in the place of the directory is said', async () => {
    file('a');
    const archive = await pack();
    writeFileSync(join(dir, 'out'), '');
    expect(unpack(archive.path)).rejects.toMatchObject({ code: 'archive.in_the_way' });
  });
});

interface Forged {
  readonly path: string;
  readonly type?: string;
  readonly linkpath?: string;
  readonly mode?: number;
  readonly body?: string;
}

/** An archive as somebody else might make one. */
function forge(...entries: readonly Forged[]): string {
  const blocks = entries.flatMap(({ body = '', ...about }) => {
    const block = Buffer.alloc(512);
    new Header({
      mode: 0o644,
      uid: 0,
      gid: 0,
      mtime: new Date(0),
      type: 'File',
      size: body.length,
      ...about,
    } as never).encode(block, 0);
    return [block, Buffer.from(body.padEnd(Math.ceil(body.length / 512) * 512, '\0'))];
  });
  const path = join(dir, 'forged');
  writeFileSync(path, gzipSync(Buffer.concat([...blocks, Buffer.alloc(1_024)])));
  return path;
}

describe('of an archive that is not ours nothing is unpacked', () => {
  const good = { path: 'good', body: 'x' };
  const cases: Readonly<Record<string, readonly Forged[]>> = {
    'an absolute path': [good, { path: '/etc/evil', body: 'x' }],
    'a path with ..': [good, { path: '../evil', body: 'x' }],
    'a path with .. in the middle': [good, { path: 'a/../../evil', body: 'x' }],
    'an empty path': [good, { path: '' }],
    'a link that leads out': [good, { path: 'l', type: 'SymbolicLink', linkpath: '../../etc' }],
    'an absolute link': [good, { path: 'l', type: 'SymbolicLink', linkpath: '/etc' }],
    'a file behind a link': [
      { path: 'd', type: 'Directory' },
      { path: 'l', type: 'SymbolicLink', linkpath: 'd' },
      { path: 'l/evil', body: 'x' },
    ],
    'a file in a file': [good, { path: 'good/evil', body: 'x' }],
    'a hard link': [good, { path: 'h', type: 'Link', linkpath: 'good' }],
    'a character device': [good, { path: 'dev', type: 'CharacterDevice' }],
    'a block device': [good, { path: 'dev', type: 'BlockDevice' }],
    'a pipe': [good, { path: 'pipe', type: 'FIFO' }],
    'a name twice': [good, good],
  };
  for (const [name, entries] of Object.entries(cases)) {
    test(name, async () => {
      await expect(unpack(forge(...entries))).rejects.toMatchObject({ code: 'archive.forbidden' });
      expect(readdirSync(dir).toSorted()).toEqual(['forged', 'root']);
    });
  }

  test('bits that make a program somebody else are taken off', async () => {
    await unpack(forge({ path: 'su', body: 'x', mode: 0o6755 }));
    expect(statSync(join(dir, 'out/su')).mode & 0o7777).toBe(0o755);
  });

  test('too many, too large, or too well compressed', async () => {
    for (let n = 0; n < 5; n += 1) file(`f${n}`, Buffer.alloc(100_000));
    const { path } = await pack();
    const limits = (change: Partial<typeof ARCHIVE_LIMITS>) =>
      unpack(path, join(dir, 'out'), { ...ARCHIVE_LIMITS, ...change });
    await expect(limits({ entries: 4 })).rejects.toMatchObject({ code: 'archive.too_much' });
    await expect(limits({ unpackedBytes: 250_000 })).rejects.toMatchObject({ code: 'archive.too_much' });
    await expect(limits({ ratioFromBytes: 100_000 })).rejects.toMatchObject({
      code: 'archive.too_much',
      message: expect.stringContaining('200 times'),
    });
    expect(readdirSync(dir)).not.toContain('out');
    await limits({});
  });

  test('one that is broken, wherever, or not whole', async () => {
    file('a', randomBytes(300_000));
    file('b', 'text '.repeat(100_000));
    const { path, size } = await pack();
    const whole = readFileSync(path);
    for (const at of [0, 3, 500, Math.floor(size / 2), size - 5]) {
      const broken = Buffer.from(whole);
      broken[at] = (broken[at] ?? 0) ^ 0x40;
      writeFileSync(join(dir, 'broken'), broken);
      await expect(unpack(join(dir, 'broken'))).rejects.toMatchObject({ code: expect.stringMatching(/^archive\./) });
    }
    for (const length of [0, 10, 512, Math.floor(size / 2), size - 1]) {
      writeFileSync(join(dir, 'broken'), whole.subarray(0, length));
      await expect(unpack(join(dir, 'broken'))).rejects.toMatchObject({ code: 'archive.corrupt' });
    }
    writeFileSync(join(dir, 'broken'), 'hello');
    await expect(unpack(join(dir, 'broken'))).rejects.toMatchObject({ code: 'archive.corrupt' });
    expect(readdirSync(dir)).not.toContain('out');
  });
});
