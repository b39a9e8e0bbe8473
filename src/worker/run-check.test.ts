import { afterEach, expect, test } from 'bun:test';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CheckPlan } from '../pipeline/plan.ts';
import { createRunTime } from '../pipeline/run-time.ts';
import { createAttemptRoot } from './attempt-root.ts';
import { createCacheRoom } from './cache-room.ts';
import { Interrupt } from './engine/interrupt.ts';
import { type CheckHost, runCheck } from './run-check.ts';
import { NO_LEDGER } from './runners/ledger.ts';
import { createMasks } from './secrets/masks.ts';
import { deferred, known, plan, shell } from './testing/plans.ts';

const roots: string[] = [];
afterEach(() => {
  for (const root of roots.splice(0)) rmSync(root, { recursive: true, force: true });
});

function hostOf(more: Partial<CheckHost> = {}): CheckHost {
  const root = mkdtempSync(join(tmpdir(), 'pikoci-check-'));
  roots.push(root);
  return {
    dirs: createAttemptRoot(root, 'check'),
    environment: { PATH: process.env.PATH ?? '' },
    executable: '/bin/false',
    masks: createMasks(),
    createRunTime,
    caches: createCacheRoom(join(root, 'cache')),
    sealed: { token: 'hunter2hunter2' },
    ledger: NO_LEDGER,
    cancel: new AbortController().signal,
    graceMs: 100,
    onBug: (error) => {
      throw error;
    },
    ...more,
  };
}

function checkPlan(script: string | undefined): CheckPlan {
  return {
    schema: 1,
    address: 'git.app',
    resource: {
      type: 'git',
      name: 'app',
      params: { url: known('http://x'), token: deferred('var.token', 'var.token') },
      cache: true,
      tags: [],
    },
    types: {
      ...plan([]).types,
      resources: {
        git: {
          name: 'git',
          builtin: false,
          params: ['url', 'token'],
          cache: false,
          ...(script !== undefined && { check: shell(script) }),
        },
      },
    },
    scope: { variables: { token: { kind: 'sealed' } }, locals: {} },
  };
}

const check = (script: string | undefined, host: CheckHost, last?: Record<string, string>) =>
  runCheck({ team: 'main', pipeline: 'p', plan: checkPlan(script), last }, host);

test('it sees parameters, the newest version and its cache, and its log is masked', async () => {
  const host = hostOf();
  const script =
    'echo "$param_url $param_token $version_ref" >&2; echo x >> "$CACHE_DIR/count"; echo "[{\\"n\\":\\"$(wc -l < "$CACHE_DIR/count")\\"}]"';
  expect(await check(script, host, { ref: 'abc' })).toEqual({
    versions: [{ version: { n: '1' }, metadata: {} }],
    ordered: false,
    problem: undefined,
    log: expect.stringContaining('http://x *** abc\n'),
  });
  expect((await check(script, host)).versions).toEqual([{ version: { n: '2' }, metadata: {} }]);
});

test('of two checks with one cache the second waits', async () => {
  const host = hostOf();
  const script = 'mkdir "$CACHE_DIR/lock"; sleep 0.05; rmdir "$CACHE_DIR/lock"; echo "[]"';
  const ends = await Promise.all([check(script, host), check(script, host), check(script, host)]);
  expect(ends.map(({ problem }) => problem)).toEqual([undefined, undefined, undefined]);
});

test.each([
  [
    'it fails',
    'echo "no such repository: $param_token" >&2; exit 128',
    'check.failed',
    /exited with 128: no such repository: \*\*\*/,
  ],
  ['it prints rubbish', 'echo "remote: Hello $param_token"', 'check.not_json', /it printed: remote: Hello \*\*\*/],
  ['it prints a secret', 'echo "[{\\"ref\\":\\"$param_token\\"}]"', 'check.secret_in_version', /holds a secret/],
  ['it prints nothing', 'true', 'check.no_output', /printed nothing/],
  ['there is none', undefined, 'check.no_command', /no check command/],
])('when %s the resource says so', async (_name, script, code, message) => {
  const end = await check(script, hostOf());
  expect(end.versions).toBeUndefined();
  expect(end.problem?.code).toBe(code);
  expect(end.problem?.message).toMatch(message);
  expect(JSON.stringify(end)).not.toContain('hunter2');
});

test('one that hangs is ended, with what it said', async () => {
  const end = await check('echo connecting >&2; sleep 300', hostOf({ timeoutMs: 150 }));
  expect(end.problem).toMatchObject({ code: 'check.timeout', message: expect.stringContaining('connecting') });
});

test('one that is cancelled ends, and leaves nothing', async () => {
  const cancel = new AbortController();
  const host = hostOf({ cancel: cancel.signal });
  setTimeout(() => cancel.abort(new Interrupt('cancelled')), 50);
  const end = await check('sleep 300', host);
  expect(end.problem?.code).toBe('check.cancelled');
  expect(readdirSync(host.dirs.privateDir)).toEqual(['tmp']);
});
