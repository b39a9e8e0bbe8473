import { describe, expect, test } from 'bun:test';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BuildPlan } from '../../pipeline/plan.ts';
import type { Step } from '../../pipeline/plan-step.ts';
import type { ServiceType } from '../../pipeline/plan-types.ts';
import { deferred, exec, grantOf, known, plan, service, serviceType, shell, task } from '../testing/plans.ts';
import { start } from '../testing/run-plan.ts';
import { createPortRoom } from './port-room.ts';

const ready = (script: string, more: { intervalMs?: number; timeoutMs?: number } = {}): Partial<ServiceType> => ({
  readyCheck: { command: shell(script), intervalMs: 10, timeoutMs: 5_000, ...more },
});

function withServices(types: readonly ServiceType[], more: Partial<BuildPlan> = {}): BuildPlan {
  const services = types.map((type) => service(type.name));
  const named = Object.fromEntries(types.map((type) => [type.name, type]));
  return plan(more.steps ?? [task('1', 'echo working')], { ...more, services, types: { services: named } });
}

test('services start in order, each when the one before is ready, and stop in reverse', async () => {
  const a = serviceType('a', 'touch a', { ...ready('test -e a'), stop: shell('rm a') });
  const b = serviceType('b', 'test -e a && touch b', { ...ready('test -e b'), stop: shell('test -e a && rm b') });
  await using run = start(grantOf(withServices([a, b], { steps: [task('1', 'test -e a && test -e b')] })));
  expect((await run.done).outcome).toBe('succeeded');
  expect(run.story().filter((line) => line.endsWith('started'))).toEqual([
    'service:a:start started',
    'service:a:ready started',
    'service:b:start started',
    'service:b:ready started',
    '1 started',
    'service:b:stop started',
    'service:a:stop started',
  ]);
});

test('what start leaves running lives until stop, and what stop leaves is killed', async () => {
  const type = serviceType('db', 'sleep 300 & echo $! > pid; echo PORT=5432 >> "$PIKOCI_OUTPUT"', {
    stop: exec('true'),
  });
  await using run = start(
    grantOf(withServices([type], { steps: [task('1', 'kill -0 $(cat pid) && cat pid && echo $SERVICE_DB_PORT')] })),
  );
  expect((await run.done).outcome).toBe('succeeded');
  const [pid, port] = run.log('1').split('\n');
  expect(port).toBe('5432');
  expect(existsSync(`/proc/${pid}`)).toBe(false);
});

test('what a service goes on writing is the log of a step of its own, which ends when it is stopped', async () => {
  const type = serviceType(
    'db',
    'echo early; (while ! test -e go; do sleep 0.01; done; echo late; touch said; sleep 60) &',
    {},
  );
  await using run = start(
    grantOf(withServices([type], { steps: [task('1', 'touch go; while ! test -e said; do sleep 0.01; done')] })),
  );
  expect((await run.done).outcome).toBe('succeeded');
  expect(run.log('service:db:start')).toBe('early\n');
  expect(run.log('service:db:log')).toBe('late\n');
  expect(run.story()).toEqual([
    'service:db:start started',
    'service:db:start succeeded',
    'service:db:log started',
    '1 started',
    '1 succeeded',
    'service:db:log succeeded',
  ]);
});

test.each([
  ['exits with 7', 'exit 7', 'exited with 7'],
  ['is killed', 'kill -KILL $$', 'was killed by SIGKILL'],
])(
  'a service that %s is said at once, and a build that ends well all the same is a warning',
  async (_how, end, said) => {
    const type = serviceType('db', `sh -c 'while ! test -e go; do sleep 0.01; done; echo out of luck; ${end}' &`);
    const dead = serviceType('other', 'sleep 60 &');
    const steps = [task('1', 'touch go; while ! test -e died; do sleep 0.01; done'), task('2', 'true')];
    await using run = start(grantOf(withServices([type, dead], { steps })));
    await run.told('service:db:log errored');
    expect(run.story()).not.toContain('1 succeeded');
    const message = `the service db ${said} while the build needed it; the last it wrote:\nout of luck`;
    expect(run.problem('service:db:log')).toMatchObject({ code: 'service.died', message });
    writeFileSync(join(run.workDir, 'died'), '');
    expect(await run.done).toMatchObject({ outcome: 'warning', problem: { code: 'service.died', message } });
    expect(run.story()).toContain('2 succeeded');
    expect(run.story()).toContain('service:other:log succeeded');
  },
);

test('when a step fails after its service died, the build erred, and says why', async () => {
  const type = serviceType('db', 'sh -c "exit 3" &');
  const steps = [task('1', 'while ! test -e died; do sleep 0.01; done; exit 1')];
  const hooks = { onError: [task('on_error.1', 'echo $BUILD_STATUS')], onFailure: [task('on_failure.1', 'true')] };
  await using run = start(grantOf(withServices([type], { steps, hooks })));
  await run.told('service:db:log errored');
  writeFileSync(join(run.workDir, 'died'), '');
  expect(await run.done).toMatchObject({ outcome: 'errored', problem: { code: 'service.died' } });
  expect(run.story()).toContain('1 failed');
  expect(run.log('on_error.1')).toBe('errored\n');
  expect(run.story()).not.toContain('on_failure.1 started');
});

test('a service that ends with 0 was told to: its log says so, the build does not mind', async () => {
  const type = serviceType('db', 'sh -c "while ! test -e go; do sleep 0.01; done" &');
  const steps = [task('1', 'touch go; while ! test -e ended; do sleep 0.01; done')];
  await using run = start(grantOf(withServices([type], { steps })));
  await run.told('service:db:log succeeded');
  writeFileSync(join(run.workDir, 'ended'), '');
  expect((await run.done).outcome).toBe('succeeded');
  expect(run.log('service:db:log')).toBe('the service db ended by itself, with exit code 0\n');
});

test('one that dies while it is waited for is not waited for any longer', async () => {
  const type = serviceType('db', 'sh -c "echo no room; exit 5" &', ready('exit 1', { timeoutMs: 60_000 }));
  await using run = start(grantOf(withServices([type])));
  expect((await run.done).outcome).toBe('errored');
  expect(run.problem('service:db:ready')).toMatchObject({
    code: 'service.died',
    message: expect.stringMatching(/exited with 5.*\nno room/),
  });
});

test('the other commands of a type know its name and what start told; the steps know it by the name', async () => {
  const type = serviceType('my-db', 'echo "$SERVICE_NAME"; echo HOST=somewhere >> "$PIKOCI_OUTPUT"', {
    ...ready('echo "asks $service_host"; test "$SERVICE_MY_DB_HOST" = somewhere'),
    stop: shell('echo "stops $SERVICE_NAME at $service_host"'),
  });
  const steps = [task('1', 'echo $SERVICE_MY_DB_HOST ${service_host-no} ${SERVICE_NAME-no}')];
  await using run = start(grantOf(withServices([type], { steps })));
  expect((await run.done).outcome).toBe('succeeded');
  expect(run.log('service:my-db:start')).toBe('my-db\n');
  expect(run.log('service:my-db:ready')).toBe('asks somewhere\n');
  expect(run.log('1')).toBe('somewhere no no\n');
  expect(run.log('service:my-db:stop')).toBe('stops my-db at somewhere\n');
});

test.each([
  ['a step fails', [task('1', 'exit 1')], 'failed'],
  ['a step errs', [task('1', exec('no-such-program'))], 'errored'],
  ['a step takes too long', [task('1', 'sleep 60', { timeoutMs: 50 })], 'failed'],
] as const)('services are stopped when %s', async (_name, steps, outcome) => {
  const type = serviceType('db', 'true', { stop: shell('echo stopped') });
  await using run = start(grantOf(withServices([type], { steps: [...steps] })));
  expect((await run.done).outcome).toBe(outcome);
  expect(run.log('service:db:stop')).toBe('stopped\n');
});

test('services are stopped when the build is cancelled, even while one is not ready', async () => {
  const a = serviceType('a', 'true', { stop: shell('echo stopped') });
  const b = serviceType('b', 'true', {
    ...ready('echo not yet; exit 1', { timeoutMs: 60_000 }),
    stop: shell('echo stopped'),
  });
  await using run = start(grantOf(withServices([a, b])));
  await run.logged('service:b:ready', 'not yet');
  run.cancel();
  expect((await run.done).outcome).toBe('cancelled');
  expect(run.log('service:a:stop') + run.log('service:b:stop')).toBe('stopped\nstopped\n');
  expect(run.log('1')).toBe('');
});

test('one that never gets ready is an error with its last words, and is stopped', async () => {
  const type = serviceType('db', 'true', {
    ...ready('echo no route; exit 2', { timeoutMs: 80 }),
    stop: shell('echo stopped'),
  });
  await using run = start(grantOf(withServices([type])));
  expect((await run.done).outcome).toBe('errored');
  expect(run.problem('service:db:ready')).toMatchObject({ code: 'service.not_ready' });
  expect(run.problem('service:db:ready')?.message).toMatch(/not ready after 80ms.*last it said: no route/);
  expect(run.log('service:db:ready')).toBe('no route\n');
  expect(run.log('service:db:stop')).toBe('stopped\n');
});

test('a ready_check that hangs is ended with the time', async () => {
  const type = serviceType('db', 'true', ready('sleep 60', { timeoutMs: 80 }));
  await using run = start(grantOf(withServices([type])));
  expect((await run.done).outcome).toBe('errored');
  expect(run.problem('service:db:ready')?.code).toBe('service.not_ready');
});

test('a start that fails is an error, later services are not begun, and its stop runs', async () => {
  const a = serviceType('a', 'exit 4', { stop: shell('echo stopped') });
  await using run = start(grantOf(withServices([a, serviceType('b', 'true')])));
  expect((await run.done).outcome).toBe('errored');
  expect(run.problem('service:a:start')).toMatchObject({ code: 'service.start_failed' });
  expect(run.story()).toEqual([
    'service:a:start started',
    'service:a:start errored',
    'service:a:stop started',
    'service:a:stop succeeded',
  ]);
});

test.each([
  ['its program is not there', serviceType('a', '', { start: exec('no-such-program'), stop: exec('no-such-program') })],
  [
    'a parameter has no value',
    serviceType('a', 'true', { stop: shell('true'), defaults: { x: deferred('task.no.x', 'task.no.x') } }),
  ],
])('what never ran is not stopped: %s', async (_how, type) => {
  await using run = start(grantOf(withServices([type])));
  expect((await run.done).outcome).toBe('errored');
  expect(run.story()).toEqual(['service:a:start started', 'service:a:start errored']);
});

test('a stop that fails after a start that failed is only a warning', async () => {
  const type = serviceType('a', 'exit 4', { stop: shell('exit 5') });
  await using run = start(grantOf(withServices([type])));
  expect((await run.done).outcome).toBe('errored');
  expect(run.story().at(-1)).toBe('service:a:stop warning');
});

test('a stop that fails is a warning, and the others are stopped', async () => {
  const a = serviceType('a', 'true', { stop: shell('echo stopped') });
  const b = serviceType('b', 'sleep 300 & echo $! > pid', { stop: exec('false') });
  await using run = start(grantOf(withServices([a, b], { steps: [task('1', 'cat pid')] })));
  expect((await run.done).outcome).toBe('warning');
  expect(run.log('service:a:stop')).toBe('stopped\n');
  expect(existsSync(`/proc/${run.log('1').trim()}`)).toBe(false);
});

describe('ports that services insist on', () => {
  const type: ServiceType = { ...serviceType('db', 'true'), params: ['port'] };
  const planWith = (ports: readonly unknown[], steps: Step[]): BuildPlan => ({
    ...withServices([type], { steps }),
    services: ports.map((port, at) => ({ ...service(`db${at}`, 'db'), params: { port: known(port as number) } })),
  });
  const waiting = 'while ! test -e go; do sleep 0.01; done';

  test('two builds that want the same one wait for each other, and say for whom', async () => {
    const ports = createPortRoom();
    await using first = start(grantOf(planWith([5432], [task('1', waiting)])), { ports });
    await first.told('1 started');
    await using second = start(grantOf(planWith(['5432'], [task('1', 'true')])), { ports });
    const said = 'waiting for port 5432, which build 7 of p/test holds on this worker';
    await second.logged('service:db0:start', said);
    expect(second.story()).toEqual(['service:db0:start started']);
    writeFileSync(join(first.workDir, 'go'), '');
    expect((await first.done).outcome).toBe('succeeded');
    expect((await second.done).outcome).toBe('succeeded');
  });

  test('one that waits can be cancelled; one without a port of its own does not wait', async () => {
    const ports = createPortRoom();
    await using first = start(grantOf(planWith([5432], [task('1', waiting)])), { ports });
    await first.told('1 started');
    await using free = start(grantOf(planWith([0, '0', 5433], [task('1', 'true')])), { ports });
    expect((await free.done).outcome).toBe('succeeded');
    await using second = start(grantOf(planWith([5433, 5432], [task('1', 'true')])), { ports });
    await second.logged('service:db0:start', 'waiting for port 5432');
    second.cancel();
    expect((await second.done).outcome).toBe('cancelled');
    await using third = start(grantOf(planWith([5433], [task('1', 'true')])), { ports });
    expect((await third.done).outcome).toBe('succeeded');
    writeFileSync(join(first.workDir, 'go'), '');
    expect((await first.done).outcome).toBe('succeeded');
  });

  test('two services of one job cannot have the same', async () => {
    await using run = start(grantOf(planWith([5432, '5432'], [task('1', 'true')])));
    expect((await run.done).outcome).toBe('errored');
    expect(run.problem('service:db0:start')).toMatchObject({
      code: 'service.same_port',
      message: 'the services db0 and db1 of this job both insist on port 5432',
    });
  });
});
