import { expect, test } from 'bun:test';
import { existsSync, readdirSync } from 'node:fs';
import type { BuildPlan, VariableBinding } from '../../pipeline/plan.ts';
import type { SecretType } from '../../pipeline/plan-types.ts';
import { deferred, grantOf, known, PLACE, plan, shell, task } from '../testing/plans.ts';
import { start } from '../testing/run-plan.ts';

const SECRET = 'hunter2-hunter2';
const secret = (path: string, key: string, type = 'store'): VariableBinding => ({
  kind: 'secret',
  type,
  params: { path: known(path), key: known(key) },
  at: PLACE,
});

/** A secret type whose `get` is the script; each question is written down in `asked`. */
const store = (script: string): SecretType => ({
  name: 'store',
  builtin: false,
  params: ['path'],
  config: { address: known('http://vault') },
  get: shell(`echo "$param_path" >> asked; ${script}`),
});

function withSecrets(steps: BuildPlan['steps'], script = `echo '{"password": "${SECRET}"}'`): BuildPlan {
  return plan(steps, {
    types: { secrets: { store: store(script) } },
    scope: {
      variables: {
        pw: secret('db', 'password'),
        user: secret('db', 'user'),
        other: secret('x', 'password', 'nowhere'),
      },
      locals: {},
    },
  });
}

const pw = deferred('var.pw', 'var.pw');

test('a secret reaches the environment of the step that uses it, freshly, and is masked', async () => {
  const env = { PW: pw };
  const steps = [
    task('1', 'true'),
    task('2', 'echo "pw=$PW"; printf %s "$PW" | base64', { env }),
    task('3', 'echo $PW; cat asked', { env }),
  ];
  await using run = start(grantOf(withSecrets(steps)));
  expect((await run.done).outcome).toBe('succeeded');
  expect(run.log('2')).toBe('pw=***\n***\n');
  expect(run.log('3')).toBe('***\ndb\ndb\n');
});

test('what an expression makes of a secret is masked, in the environment and in a script', async () => {
  const env = { UP: deferred('upper(var.pw)', 'var.pw'), IN: deferred('"<${substr(var.pw, 0, 6)}>"', 'var.pw') };
  const script = deferred('"echo ${strrev(var.pw)}; echo $UP $IN, ${length(var.pw)} long"', 'var.pw');
  await using run = start(grantOf(withSecrets([task('1', shell(script), { env })])));
  expect((await run.done).outcome).toBe('succeeded');
  expect(run.log('1')).toBe('***\n*** <***>, 15 long\n');
});

test('what a local makes of a secret is masked, and the words around it are not', async () => {
  const scope = {
    locals: {
      auth: deferred('base64encode("user:${var.pw}")', 'var.pw'),
      header: deferred('"Authorization: Basic ${local.auth}"', 'local.auth'),
    },
  };
  const named = withSecrets([task('1', shell(deferred('"echo \'${local.header}\'"', 'local.header')))]);
  await using run = start(grantOf({ ...named, scope: { ...named.scope, ...scope } }));
  expect((await run.done).outcome).toBe('succeeded');
  expect(run.log('1')).toBe('Authorization: Basic ***\n');
});

test('two keys of one secret come from one answer', async () => {
  const env = { PW: pw, DB_USER: deferred('var.user', 'var.user') };
  const script = `echo "{\\"password\\": \\"p-$(wc -l < asked)\\", \\"user\\": \\"u-$(wc -l < asked)\\"}"`;
  await using run = start(
    grantOf(withSecrets([task('1', 'test "$PW" = p-1 && test "$DB_USER" = u-1; cat asked', { env })], script)),
  );
  expect((await run.done).outcome).toBe('succeeded');
  expect(run.log('1')).toBe('db\n');
});

test.each([
  [
    'a store that refuses',
    'echo "permission denied" >&2; exit 2',
    'secret.fetch_failed',
    /var.* pw .*type store, path db, key password.*exited with 2.*: permission denied/,
  ],
  ['no such key', `echo '{"pass": "${SECRET}"}'`, 'secret.key_not_found', /no key "password"/],
  ['no JSON', `echo '${SECRET}'`, 'secret.bad_answer', /not a JSON object/],
  ['nothing', 'true', 'secret.bad_answer', /not a JSON object/],
] as const)('%s: the step errs, names the secret, and never says the value', async (_name, script, code, message) => {
  await using run = start(grantOf(withSecrets([task('1', 'echo "$PW"', { env: { PW: pw } })], script)));
  expect((await run.done).outcome).toBe('errored');
  expect(run.problem('1')?.code).toBe(code);
  expect(run.problem('1')?.message.replace('variable', 'var')).toMatch(message);
  expect(JSON.stringify(run.events) + run.log('1')).not.toContain(SECRET);
});

test('a built-in store that has no such key says so by its exit code: it is not asked again', async () => {
  const missing = 'echo "db has no key" >&2; exit 3';
  const attempts = { count: 3, on: ['error' as const], delayMs: 0 };
  const of = withSecrets([task('1', 'true', { env: { PW: pw }, attempts })]);
  of.types.secrets.store = { ...store(missing), builtin: true };
  await using run = start(grantOf(of));
  expect((await run.done).outcome).toBe('errored');
  expect(run.story()).toEqual(['1 started', '1 errored']);
  expect(run.problem('1')).toMatchObject({
    code: 'secret.key_not_found',
    message: expect.stringMatching(/variable pw .*db has no key/),
  });
});

test('a secret in the script of a shell goes into a private file that is gone afterwards', async () => {
  const script = deferred("\"echo got ${var.pw}; cat /proc/$$/cmdline | tr '\\\\0' ' '\"", 'var.pw');
  await using run = start(grantOf(withSecrets([task('1', shell(script))])));
  expect((await run.done).outcome).toBe('succeeded');
  expect(run.log('1')).toMatch(/^got \*\*\*\n\/bin\/sh -e \/.*script/);
  expect(readdirSync(`${run.workDir}/../private`)).toEqual(['tmp']);
});

test('a secret in the script of exec with sh -c does the same', async () => {
  const args = deferred('["-ec", "echo got ${var.pw}"]', 'var.pw');
  const command = { runner: 'exec', params: { path: known('/bin/sh'), args }, at: PLACE };
  await using run = start(grantOf(withSecrets([task('1', command)])));
  expect((await run.done).outcome).toBe('succeeded');
  expect(run.log('1')).toBe('got ***\n');
});

test('a secret anywhere else on a command line is refused, and nothing is started', async () => {
  const args = deferred('["-o", "started", var.pw]', 'var.pw');
  const command = { runner: 'exec', params: { path: known('sort'), args }, at: PLACE };
  await using run = start(grantOf(withSecrets([task('1', command)])));
  expect((await run.done).outcome).toBe('errored');
  expect(run.problem('1')).toMatchObject({ code: 'secret.on_command_line', hint: expect.stringContaining('env =') });
  expect(existsSync(`${run.workDir}/started`)).toBe(false);
});

test('sealed values are used and masked; one that did not come is an error', async () => {
  const sealedPlan = plan([task('1', 'echo "$A"', { env: { A: deferred('var.a', 'var.a') } })], {
    scope: { variables: { a: { kind: 'sealed' } }, locals: {} },
  });
  await using run = start(grantOf(sealedPlan), { sealed: { a: SECRET } });
  expect((await run.done).outcome).toBe('succeeded');
  expect(run.log('1')).toBe('***\n');
  await using without = start(grantOf(sealedPlan));
  expect((await without.done).outcome).toBe('errored');
  expect(without.problem('1')?.code).toBe('secret.not_given');
});

test('a secret split over two writes is masked', async () => {
  const script = 'printf "%s" "${PW%%-*}"; sleep 0.1; printf "%s\\n" "-${PW#*-}"';
  await using run = start(grantOf(withSecrets([task('1', script, { env: { PW: pw } })])));
  expect((await run.done).outcome).toBe('succeeded');
  expect(run.log('1')).toBe('***\n');
});

test('a step can have something masked that pikoci does not know', async () => {
  await using run = start(grantOf(plan([task('1', 'echo made-up-token > "$PIKOCI_MASK"; echo made-up-token')])));
  expect((await run.done).outcome).toBe('succeeded');
  expect(run.log('1')).toBe('***\n');
});

test('what a step has masked stays so, however little it says itself, and a line too short for it is told', async () => {
  const script =
    'printf "made-up-token\\nother-token\\nx\\n" > "$PIKOCI_MASK"; echo KEY=made-up-token >> "$PIKOCI_OUTPUT"';
  const steps = [task('1', script, { name: 'make' }), task('2', 'echo "$TASK_MAKE_KEY other-token"')];
  await using run = start(grantOf(plan(steps)));
  expect((await run.done).outcome).toBe('succeeded');
  expect(run.log('1')).toMatch(/^warning: a line of \$PIKOCI_MASK: .*fewer than three characters.*\n$/);
  expect(run.log('2')).toBe('*** ***\n');
});

test('a file of masks that is a mistake ends the step before its output leaves', async () => {
  const script = 'head -c 2000000 /dev/zero | tr "\\0" x > "$PIKOCI_MASK"; echo made-up-token';
  await using run = start(grantOf(plan([task('1', script)])));
  expect((await run.done).outcome).toBe('errored');
  expect(run.problem('1')?.code).toBe('task.masks_too_large');
  expect(run.log('1')).toBe('');
});

test('more secrets than can be looked for are refused at once, and none of them is shown', async () => {
  await using run = start(grantOf(plan([task('1', 'seq 100000 120000 > "$PIKOCI_MASK"; echo 100000')])));
  expect((await run.done).outcome).toBe('errored');
  expect(run.problem('1')?.code).toBe('task.masks_too_large');
  expect(run.log('1')).toBe('');
});

test('lines that are too short to be masked are not told one by one', async () => {
  await using run = start(grantOf(plan([task('1', 'seq 10 99 > "$PIKOCI_MASK"; echo on')])));
  expect((await run.done).outcome).toBe('succeeded');
  const lines = run.log('1').trim().split('\n');
  expect(lines).toHaveLength(7);
  expect(lines.slice(-2)).toEqual(['warning: and so are further lines of it', 'on']);
});

test('a secret that a task hands on is one: masked, in a private file, and never on a command line', async () => {
  const make = task('1', 'echo "TOKEN=Bearer $PW" >> "$PIKOCI_OUTPUT"', { name: 'make', env: { PW: pw } });
  const said = deferred(
    '"echo ${task.make.TOKEN} ${upper(task.make.TOKEN)}; echo $TASK_MAKE_TOKEN"',
    'task.make.TOKEN',
  );
  const args = deferred('["-n", task.make.TOKEN]', 'task.make.TOKEN');
  const bare = { runner: 'exec', params: { path: known('echo'), args }, at: PLACE };
  await using run = start(grantOf(withSecrets([make, task('2', shell(said)), task('3', bare)])));
  expect((await run.done).outcome).toBe('errored');
  expect(run.log('2')).toBe('Bearer *** ***\nBearer ***\n');
  expect(run.problem('3')?.code).toBe('secret.on_command_line');
});

test('a secret in the message of an error is masked', async () => {
  const dir = deferred('"../${var.pw}"', 'var.pw');
  const inIf = deferred('var.pw', 'var.pw');
  const steps = [task('1', 'true', { dir, allowFailure: true }), task('2', 'true', { if: inIf })];
  await using run = start(grantOf(withSecrets(steps)));
  expect((await run.done).outcome).toBe('errored');
  expect(run.problem('1')?.message).toContain('***');
  expect(run.problem('2')?.message).toContain('***');
  expect(JSON.stringify(run.events)).not.toContain(SECRET);
});

test('a secret that changes between two tries is masked in both', async () => {
  const script = 'echo "{\\"password\\": \\"secret-of-try-$(wc -l < asked)\\"}"';
  const again = { count: 2, on: ['failure'], delayMs: 0 } as const;
  const attempts = { ...again, on: [...again.on] };
  const both = 'echo "$PW"; echo secret-of-try-1; test "$PW" = secret-of-try-2';
  await using run = start(grantOf(withSecrets([task('1', both, { env: { PW: pw }, attempts })], script)));
  expect((await run.done).outcome).toBe('succeeded');
  expect(run.log('1')).toBe('***\n***\n***\n***\n');
});

test('a built-in type sees of the worker only what it names', async () => {
  const named = withSecrets(
    [task('1', 'echo "${VAULT_ADDR-none}"', { env: { PW: pw } })],
    `echo "{\\"password\\": \\"$VAULT_ADDR-\${OTHER-}\\"}"`,
  );
  const types = { ...named.types, secrets: { store: { ...named.types.secrets.store!, passEnv: ['VAULT_ADDR'] } } };
  const check = task('2', 'test "$PW" = http://v-', { env: { PW: pw } });
  await using run = start(grantOf({ ...named, types, steps: [...named.steps, check] }), {
    workerEnvironment: { VAULT_ADDR: 'http://v', OTHER: 'x' },
  });
  expect((await run.done).outcome).toBe('succeeded');
  expect(run.log('1')).toBe('none\n');
});
