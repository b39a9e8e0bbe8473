/** `put` and `get` of artifacts, and caches of tasks, with everything kept on this machine. */
import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Json } from '../../lib/json.ts';
import type { BuildPlan } from '../../pipeline/plan.ts';
import type { GetStep, PutStep, Step, TaskCache } from '../../pipeline/plan-step.ts';
import type { VersionFields } from '../../protocol/version.ts';
import { createArchiveShelf } from '../files/archive-shelf.ts';
import { type LocalFiles, openLocalFiles } from '../files/local-files.ts';
import { deferred, grantOf, known, PLACE, plan, shell, task } from '../testing/plans.ts';
import { type Run, start } from '../testing/run-plan.ts';

let dir = '';
let files: LocalFiles;
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'pikoci-kept-'));
  files = await openLocalFiles(dir, '/p/pipeline.hcl');
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const common = {
  at: PLACE,
  attempts: { count: 1, on: [], delayMs: 0 },
  allowFailure: false,
  hooks: {},
  resource: 'artifact.dist',
  name: 'dist',
};
const put = (id: string, params: Record<string, Json> = {}): PutStep => ({
  ...common,
  kind: 'put',
  id,
  noGet: false,
  params: values(params),
});
const get = (id: string): GetStep => ({
  ...common,
  kind: 'get',
  id,
  trigger: false,
  passed: [],
  version: 'latest',
  params: {},
});
const values = (of: Record<string, Json>) =>
  Object.fromEntries(Object.entries(of).map(([name, value]) => [name, known(value)]));

function withArtifact(steps: readonly Step[], params: Record<string, Json> = { paths: ['dist/**'] }): BuildPlan {
  const artifact = { name: 'artifact', builtin: true, params: [], cache: false, engine: 'artifact' as const };
  return plan(steps, {
    resources: {
      'artifact.dist': { type: 'artifact', name: 'dist', params: values(params), cache: false, tags: [] },
    },
    types: { resources: { artifact } },
  });
}

const run = (of: BuildPlan, version?: VersionFields): Run => {
  const inputs = version && { '9': { resource: 'artifact.dist', version, metadata: {} } };
  return start(grantOf(of, inputs && { inputs }), { files, allowPut: false });
};

const pushed = (of: Run): VersionFields | undefined =>
  of.events.flatMap((event) => (event.kind === 'version' ? [event.version] : []))[0];

/** Puts what the script made. */
async function made(script: string, params?: Record<string, Json>, own: Record<string, Json> = {}) {
  await using first = run(withArtifact([task('1', script), put('2', own)], params));
  const end = await first.done;
  return {
    outcome: end.outcome,
    version: pushed(first),
    log: first.log('2'),
    problem: first.problem('2'),
    artifact: first.events.find((event) => event.kind === 'artifact'),
  };
}

/** Gets it in another build, and says what is there. */
async function gotten(version: VersionFields, params?: Record<string, Json>) {
  await using second = run(
    withArtifact([get('9'), task('3', 'find . | sort; env | grep ^GET_DIST_BUILD')], params),
    version,
  );
  const end = await second.done;
  return { outcome: end.outcome, found: second.log('3').trim().split('\n'), problem: second.problem('9') };
}

describe('an artifact', () => {
  test('goes from one build to another, what its paths have in common left off', async () => {
    const put = await made(
      'mkdir -p dist/lib; echo 1 > dist/app; chmod 755 dist/app; echo 2 > dist/lib/b; ln -s app dist/l',
    );
    expect(put.outcome).toBe('succeeded');
    expect(put.version).toEqual({ build: 7, job: 'test', sha256: expect.any(String), size: expect.any(Number) });
    expect(put.artifact).toMatchObject({
      name: 'dist',
      resource: 'artifact.dist',
      step: '2',
      entries: 4,
      unpackedSize: 4,
    });
    expect(put.log).toMatch(/^packed 4 entries, 4 B, into \d+ B\n/);
    const { outcome, found } = await gotten(put.version ?? {});
    expect(outcome).toBe('succeeded');
    expect(found).toEqual(['.', './dist', './dist/app', './dist/l', './dist/lib', './dist/lib/b', 'GET_DIST_BUILD=7']);
  });

  test('a put may name its own paths, and a dir to keep more of them', async () => {
    const script = 'mkdir -p out/a out/b; echo 1 > out/a/x; echo 2 > out/b/y; echo 3 > z';
    const whole = await made(script, {}, { paths: ['out/a/**', 'out/b/**', '!**/y'], dir: '.' });
    expect((await gotten(whole.version ?? {}, { name: 'got' })).found).toEqual([
      '.',
      './got',
      './got/out',
      './got/out/a',
      './got/out/a/x',
      './got/out/b',
      'GET_DIST_BUILD=7',
    ]);
    const inner = await made(script, {}, { paths: ['out/a'], dir: 'out/a' });
    expect((await gotten(inner.version ?? {}, { name: '.' })).found).toEqual(['.', './x', 'GET_DIST_BUILD=7']);
  });

  test('a path that matches nothing fails the step and is named', async () => {
    const put = await made('mkdir dist; touch dist/a', {}, { paths: ['dist/*', 'bin/*.exe'] });
    expect(put).toMatchObject({ outcome: 'failed', version: undefined });
    expect(put.problem).toMatchObject({
      code: 'artifact.nothing_matches',
      message: expect.stringContaining('"bin/*.exe"'),
    });
  });

  const refused: readonly (readonly [name: string, script: string, own: Record<string, Json>, code: string])[] = [
    ['a path that leads out', 'true', { paths: ['../x'] }, 'path.outside'],
    ['no paths', 'true', { paths: [] }, 'artifact.bad_paths'],
    ['a path beside dir', 'touch a', { paths: ['a'], dir: 'b' }, 'artifact.bad_dir'],
    ['a link that leads out', 'mkdir dist; ln -s /etc dist/etc', {}, 'archive.link_outside'],
    ['a dir that is a link out', 'ln -s /etc dist', {}, 'archive.link_outside'],
    ['a file that cannot be read', 'mkdir dist; ln -s nowhere dist/dangling; touch dist/f', {}, ''],
  ];
  for (const [name, script, own, code] of refused) {
    test(name, async () => {
      const put = await made(script, { paths: ['dist/**'] }, own);
      if (code === '') expect(put.outcome).toBe('succeeded');
      else expect(put).toMatchObject({ outcome: 'errored', problem: { code } });
      expect(readdirSync(dir)).not.toContain('archive');
    });
  }

  test('one that is damaged where it is kept is found out, and nothing is unpacked', async () => {
    const put = await made('mkdir dist; seq 10000 > dist/numbers');
    const digest = String(put.version?.sha256);
    const blob = join(dir, 'blobs', digest.slice(0, 2), digest.slice(2));
    const bytes = readFileSync(blob);
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(digest);
    expect(gunzipSync(bytes).toString()).toContain('9999');
    bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 4;
    writeFileSync(blob, bytes);
    await using second = run(withArtifact([get('9')]), put.version);
    expect((await second.done).outcome).toBe('errored');
    expect(second.problem('9')).toMatchObject({ code: 'blobs.corrupt' });
    expect(readdirSync(second.workDir)).toEqual([]);
  });

  test('one that is gone, and a version that is none', async () => {
    expect((await gotten({ sha256: 'ab'.repeat(32), size: 3 })).problem).toMatchObject({ code: 'blobs.not_found' });
    expect((await gotten({ ref: 'x' })).problem).toMatchObject({ code: 'artifact.bad_version' });
  });
});

describe('a cache', () => {
  const cache = (key: TaskCache['key'], restoreKeys?: readonly string[], paths = ['deps']): TaskCache => ({
    key,
    paths,
    at: PLACE,
    ...(restoreKeys !== undefined && { restoreKeys: known(restoreKeys) }),
  });
  const npm = deferred('"npm-${hashfiles("*.lock")}"');
  const lock = (content: string) => task('1', `echo ${content} > a.lock`);

  async function build(
    content: string,
    of: TaskCache,
    script = 'ls deps 2>/dev/null || true; mkdir -p deps; date +%N > deps/$$',
  ) {
    await using one = start(grantOf(plan([lock(content), task('2', script, { caches: [of] })])), {
      files,
      shelf: createArchiveShelf(join(dir, 'shelf')),
    });
    const { outcome } = await one.done;
    return { outcome, log: one.log('2') };
  }

  test('is kept under its key, and brought back for it and for what begins alike', async () => {
    const first = await build('1', cache(npm, ['npm-']));
    expect(first.outcome).toBe('succeeded');
    expect(first.log).toContain('cache: there is none for npm-');
    expect(first.log).toMatch(/cache: kept as npm-[0-9a-f]{64}, \d+ B/);
    const same = await build('1', cache(npm, ['npm-']));
    expect(same.log).toMatch(/^cache: npm-\w+ is brought back, \d+ B\n\d+\n$/);
    const changed = await build('2', cache(npm, ['npm-']));
    expect(changed.log).toMatch(/is brought back, \d+ B \(for npm-\w+\)\n\d+\n/);
    expect(changed.log).toContain('cache: kept as');
    expect((await build('2', cache(npm, ['npm-'], ['deps', 'other']))).log).toContain('there is none');
  });

  test('is not kept when the task fails, nor when it may only be read', async () => {
    expect((await build('1', cache(known('k')), 'mkdir deps; touch deps/x; exit 1')).outcome).toBe('failed');
    const caches = [cache(known('k'))];
    const readOnly = grantOf(plan([task('2', 'mkdir deps; touch deps/x', { caches })]), { readOnlyCaches: true });
    await using one = start(readOnly, { files });
    expect((await one.done).outcome).toBe('succeeded');
    expect(one.log('2')).toContain('may only read');
    expect((await build('1', cache(known('k')), 'true')).log).toContain('there is none for k');
  });

  test('one that is broken is thrown away with a warning, and made anew', async () => {
    await build('1', cache(known('k')));
    rmSync(join(dir, 'shelf'), { recursive: true });
    for (const shard of readdirSync(join(dir, 'blobs'))) {
      for (const name of readdirSync(join(dir, 'blobs', shard)))
        writeFileSync(join(dir, 'blobs', shard, name), 'broken');
    }
    const second = await build('1', cache(known('k')));
    expect(second.outcome).toBe('succeeded');
    expect(second.log).toContain('warning: the cache k is broken, it is thrown away');
    expect(second.log).toContain('cache: kept as k');
  });

  test('whatever else goes wrong with it is a warning', async () => {
    for (const [of, warning] of [
      [cache(known('')), 'its key has 0 characters'],
      [cache(deferred('hashfiles("/etc/passwd")')), 'leads out of the directory'],
      [cache(deferred('task.none.x', 'task.none.x')), 'No value'],
      [cache(known('k2'), undefined, ['link']), 'link is a link to /etc'],
      [cache(known('k3'), undefined, ['nothing']), 'nothing matches nothing'],
    ] as const) {
      const { outcome, log } = await build('1', of, 'ln -s /etc link');
      expect(outcome).toBe('succeeded');
      expect(log).toContain(warning);
    }
    await using without = start(grantOf(plan([task('2', 'true', { caches: [cache(known('k'))] })])));
    expect((await without.done).outcome).toBe('succeeded');
    expect(without.log('2')).toContain('warning: a cache could not be brought back: this worker has no way');
  });

  test('hashes names and contents of files, and nothing of links', async () => {
    const script = 'mkdir -p deps; touch deps/x';
    const key = deferred('"${hashfiles("*.lock", "sub/*.txt")}"');
    const keyOf = async (make: string): Promise<string> => {
      await using one = start(grantOf(plan([task('1', make), task('2', script, { caches: [cache(key)] })])), { files });
      await one.done;
      return /for (\w*) yet|(\w+) is brought/.exec(one.log('2'))?.slice(1).find(Boolean) ?? one.log('2');
    };
    const one = await keyOf('echo 1 > a.lock; mkdir sub; echo 2 > sub/x.txt');
    expect(one).toMatch(/^[0-9a-f]{64}$/);
    expect(await keyOf('echo 1 > a.lock; mkdir sub; echo 2 > sub/x.txt; echo 3 > other')).toBe(one);
    expect(await keyOf('echo 1 > a.lock; mkdir sub; echo 3 > sub/x.txt')).not.toBe(one);
    expect(await keyOf('echo 1 > b.lock; mkdir sub; echo 2 > sub/x.txt')).not.toBe(one);
    expect(await keyOf('true')).toContain('finds no file');
  });
});

test('a secret in the key of a cache keeps it from being kept', async () => {
  const caches = [{ key: deferred('"k-${var.token}"', 'var.token'), paths: ['deps'], at: PLACE }];
  const of = plan([task('2', shell('mkdir deps'), { caches })], {
    scope: { variables: { token: { kind: 'sealed' } }, locals: {} },
  });
  await using one = start(grantOf(of), { files, sealed: { token: 'very-secret' } });
  expect((await one.done).outcome).toBe('succeeded');
  expect(one.log('2')).toContain('there is a secret in its key');
  expect(one.log('2')).not.toContain('very-secret');
});
