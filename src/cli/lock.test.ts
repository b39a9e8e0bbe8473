import { afterEach, beforeEach, expect, test } from 'bun:test';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { renderDiagnostics } from '../hcl/render-diagnostic.ts';
import { createTempDir, type TempDir } from '../lib/system/temp-dir.ts';
import type { Builtins } from '../pipeline/source.ts';
import { type LockOptions, lockSources } from './lock.ts';

let place: TempDir;
let web: Record<string, string> = {};
let pins: (string | undefined)[] = [];
let now = Date.UTC(2026, 0, 2, 3, 4, 5);
beforeEach(() => {
  place = createTempDir();
  [web, pins, now] = [{ [A]: runner('a'), [B]: runner('b') }, [], Date.UTC(2026, 0, 2, 3, 4, 5)];
});
afterEach(() => place.remove());

const [A, B] = ['https://example.org/a.hcl', 'https://example.org/b.hcl'];
const runner = (word: string): string => `runner_type "${word}" {\n  run { path = "${word}" }\n}\n`;
const sum = (text: string): string => createHash('sha256').update(text).digest('hex');
const use = (name: string, source: string): string => `runner_type "${name}" {\n  source = "${source}"\n}\n`;
const BOTH = `${use('b', B)}${use('a', A)}${use('local', './l.hcl')}${use('docker', 'pikoci://docker')}`;

const builtins: Builtins = {
  find: (_, name) => (name === 'docker' ? { name, file: 'pikoci://docker.hcl', text: runner('docker') } : undefined),
  names: () => ['docker'],
};

async function lock(options: LockOptions = {}, version = '0.1.0'): Promise<{ code: number; out: string; err: string }> {
  let [out, err] = ['', ''];
  const code = await lockSources(
    undefined,
    options,
    {
      stdout: { write: (text) => (out += String(text)) },
      stderr: { write: (text) => (err += String(text)) },
      env: {},
      cwd: place.path,
      exit: () => undefined,
      builtins,
      version,
      render: (diagnostics, texts) => `${renderDiagnostics(diagnostics, texts, { color: false })}\n`,
      sources: {
        fetch: async (url, pinned) => {
          pins.push(pinned);
          const text = web[url];
          if (text !== undefined) return { kind: 'text', text };
          return { kind: 'problem', code: 'source_not_found', message: `${url} answered 404.` };
        },
      },
    },
    () => now,
  );
  return { code, out, err };
}

const write = (text: string, file = 'pipeline.hcl') => writeFileSync(join(place.path, file), text);
const lockText = () => readFileSync(join(place.path, 'pipeline.lock.hcl'), 'utf8');

beforeEach(() => write(runner('l'), 'l.hcl'));

test('writes every source that was fetched or is built in, and the same again', async () => {
  write(BOTH);
  const { code, out, err } = await lock();
  expect([code, err]).toEqual([0, '']);
  expect(out).toContain('pipeline.lock.hcl: 3 sources locked');
  const text = lockText();
  expect([...text.matchAll(/^source .*/gm)].map(([line]) => line)).toEqual([
    `source "runner_type" "${A}" {`,
    `source "runner_type" "${B}" {`,
    'source "runner_type" "pikoci://docker" {',
  ]);
  expect(text).toContain(`sha256    = "${sum(runner('a'))}"`);
  expect(text).toContain(`size      = ${runner('a').length}`);
  expect(text).toContain('locked_at = "2026-01-02T03:04:05Z"');
  expect(text).toContain('pikoci    = "0.1.0"');
  now += 86_400_000;
  expect((await lock({}, '0.2.0')).out).toBe('pipeline.lock.hcl: 3 sources locked, as it was\n');
  expect(lockText()).toBe(text);
  expect(pins).toEqual([undefined, undefined, sum(runner('b')), sum(runner('a'))]);
  expect(readdirSync(place.path).filter((name) => name.includes('tmp'))).toEqual([]);
});

test('adds what is new, leaves out what is gone, keeps the rest', async () => {
  write(use('a', A));
  await lock();
  const [, before] = lockText().split('format = 1');
  write(use('a', A) + use('b', B));
  now += 86_400_000;
  expect((await lock()).out).toContain(`+ ${B}`);
  expect(lockText()).toContain((before ?? '').trim());
  write(use('b', B));
  expect((await lock()).out).toContain(`- ${A}  is not used any more`);
  expect(lockText()).not.toContain(A);
});

test('a text that changed is refused, told by --check, and taken by --update', async () => {
  write(BOTH);
  await lock();
  const before = lockText();
  web[A] = runner('evil');
  web[B] = runner('newer');
  const refused = await lock();
  expect([refused.code, lockText()]).toEqual([1, before]);
  expect(refused.err).toContain('Source is not what was locked');
  expect(refused.err).toContain(`pikoci lock --update ${B} pipeline.hcl`);

  const checked = await lock({ check: true });
  expect(checked.code).toBe(1);
  expect(checked.err).toContain('pipeline.lock.hcl differs from what the sources of pipeline.hcl hold now');
  expect(checked.err).toContain(
    `~ ${A}  runner_type, ${runner('a').length} bytes, sha256 ${sum(runner('a')).slice(0, 12)}`,
  );
  expect(checked.err).toContain(sum(runner('evil')).slice(0, 12));
  expect(lockText()).toBe(before);

  web[A] = runner('a');
  const updated = await lock({ update: B });
  expect([updated.code, updated.out]).toEqual([0, expect.stringContaining(`~ ${B}`)]);
  expect(lockText()).toContain(sum(runner('newer')));
  expect(await lock({ check: true })).toEqual({ code: 0, out: 'pipeline.lock.hcl is right: 3 sources\n', err: '' });

  web[A] = runner('newest');
  expect((await lock({ update: true })).out).toContain(`~ ${A}`);
  expect(lockText()).toContain(sum(runner('newest')));
});

test('--check says what is missing and what is too much', async () => {
  write(use('a', A));
  const none = await lock({ check: true });
  expect([none.code, none.err]).toEqual([
    1,
    expect.stringContaining('there is no pipeline.lock.hcl, and pipeline.hcl has 1 source; write it: pikoci lock'),
  ]);
  await lock();
  write(use('b', B));
  const { code, err } = await lock({ check: true });
  expect(code).toBe(1);
  for (const part of [`+ ${B}`, `- ${A}`, 'to put that right: pikoci lock pipeline.hcl']) expect(err).toContain(part);
});

test('a built-in that is another one in this version is told, and is no difference', async () => {
  write(use('docker', 'pikoci://docker'));
  await lock();
  write(lockText().replace(/sha256 {4}= "[0-9a-f]{64}"/, `sha256 = "${'0'.repeat(64)}"`), 'pipeline.lock.hcl');
  const { code, err } = await lock({ check: true }, '0.2.0');
  expect(code).toBe(0);
  expect(err).toContain('not counted: ~ pikoci://docker');
  expect(err).toContain('pikoci 0.1.0; now runner_type');
  expect((await lock({}, '0.2.0')).code).toBe(0);
  expect(lockText()).toContain('pikoci    = "0.2.0"');
});

test('no sources, no file', async () => {
  write(use('local', './l.hcl'));
  expect(await lock()).toEqual({
    code: 0,
    out: 'pipeline.hcl has no sources to lock; no lock file is needed\n',
    err: '',
  });
  expect(existsSync(join(place.path, 'pipeline.lock.hcl'))).toBe(false);
  expect(await lock({ check: true })).toMatchObject({ code: 0, out: 'pipeline.hcl has no sources to lock\n' });
});

test('what cannot be had, and mistakes that may hide a source, leave the file as it was', async () => {
  write(use('a', A));
  await lock();
  const before = lockText();
  for (const text of [use('x', 'https://example.org/none.hcl'), use('a', A).replace('source', 'sorce'), 'job "x" {']) {
    write(text);
    const { code, err } = await lock();
    expect([code, err.endsWith('\nnothing was locked\n'), lockText()]).toEqual([1, true, before]);
  }
});

test('a variable without a value is no reason, unless a source needs it', async () => {
  write(`variable "x" {}\n${use('a', A)}`);
  expect(await lock()).toMatchObject({ code: 0, err: '' });
  expect(await lock({ var: [`x=${A}`] })).toMatchObject({ code: 0 });
  write(`variable "x" {}\nrunner_type "a" {\n  source = var.x\n}\n`);
  const { code } = await lock();
  expect([code, lockText().includes(A)]).toEqual([1, true]);
  expect((await lock({ var: [`x=${B}`] })).code).toBe(0);
  expect(lockText()).toContain(B);
});

test('a broken lock file is shown; --update writes it anew', async () => {
  write(use('a', A));
  write('format = 9\n', 'pipeline.lock.hcl');
  const { code, err } = await lock();
  expect(code).toBe(1);
  expect(err).toContain('pipeline.lock.hcl:1');
  expect(err).toContain('pikoci lock --update');
  expect((await lock({ update: true })).code).toBe(0);
  expect((await lock({ check: true })).code).toBe(0);
});

test.each([
  [{ update: 'https://example.org/aa.hcl' }, `did you mean ${A}?`],
  [{ update: 'pipeline.hcl' }, 'to update everything in pipeline.hcl: pikoci lock pipeline.hcl --update'],
  [{ update: 'zzz' }, `it has: ${A}`],
  [{ update: A, check: true }, 'leave one of them out'],
])('%p is not understood: %s', async (options, hint) => {
  write(use('a', A));
  await expect(lock(options)).rejects.toMatchObject({ code: 'usage.bad_value', hint });
});

test('for machines: what was done, what differs, and what is wrong', async () => {
  write(use('a', A));
  const made = await lock({ json: true });
  expect(JSON.parse(made.out)).toMatchObject({
    ok: true,
    lockFile: 'pipeline.lock.hcl',
    written: true,
    sources: [{ kind: 'runner_type', address: A, sha256: sum(runner('a')) }],
    changes: [{ kind: 'added', address: A, matters: true }],
  });
  expect(JSON.parse((await lock({ json: true })).out)).toMatchObject({ written: false, changes: [] });
  web[A] = runner('other');
  const differs = await lock({ json: true, check: true });
  expect([differs.code, JSON.parse(differs.out)]).toMatchObject([1, { ok: false, changes: [{ kind: 'changed' }] }]);
  web[A] = runner('a');
  write(use('x', 'https://example.org/none.hcl'));
  const wrong = await lock({ json: true });
  expect([wrong.code, wrong.err, JSON.parse(wrong.out)]).toMatchObject([
    1,
    '',
    { ok: false, diagnostics: [{ severity: 'error', subject: { start: { line: 2 } } }] },
  ]);
});

test('a check that could not be made says so, and gives no advice', async () => {
  write(use('x', 'https://example.org/none.hcl'));
  const { code, err } = await lock({ check: true });
  expect([code, err.split('\n').at(-2)]).toEqual([1, 'pipeline.lock.hcl was not checked']);
});
