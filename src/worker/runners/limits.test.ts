/** Limits of commands on the worker itself, where the system lets us set them. */
import { describe, expect, test } from 'bun:test';
import { existsSync } from 'node:fs';
import { createLimitedGroup } from '../../lib/system/limited-group.ts';
import { newCookie } from '../../lib/system/process-cookie.ts';
import { loadPlan } from '../testing/load-plan.ts';
import { grantOf } from '../testing/plans.ts';
import { start } from '../testing/run-plan.ts';

const permitted = await (async () => {
  try {
    await createLimitedGroup(newCookie(), { memory: 2 ** 30, cpus: 1, pids: 100 }).remove();
    return true;
  } catch {
    return false;
  }
})();

async function runTask(run: string) {
  const plan = await loadPlan(`
    job "test" {
      task "limited" {
        ${run}
      }
    }`);
  await using running = start(grantOf(plan));
  const { outcome } = await running.done;
  const [step] = plan.steps;
  return { outcome, log: running.log(step!.id), problem: running.problem(step!.id) };
}

describe.skipIf(!permitted)('on a system that lets us make groups with limits', () => {
  test('no more processes than pids', async () => {
    const { outcome, log } = await runTask(`run "shell" {
      cmd  = "cat /proc/self/cgroup; for n in 1 2 3 4 5 6; do sleep 60 & done; wait; echo all"
      pids = 5
    }`);
    expect(outcome).toBe('failed');
    expect(log).toMatch(/annot fork/);
    expect(log).not.toContain('all\n');
    expect(log).toContain('warning: not all processes could be started: there were as many as pids = 5 allows\n');
    const [, group] = /:pids:(.*)|^0::(.*)/m.exec(log) ?? [];
    expect(group).toContain('/pikoci/');
    expect(existsSync(`/sys/fs/cgroup/pids${group}`) || existsSync(`/sys/fs/cgroup${group}`)).toBe(false);
  });

  test('what takes more than memory is killed, and the step says for what', async () => {
    const { outcome, log, problem } = await runTask(`run "shell" {
      cmd    = "head -c 100m /dev/zero | tail -c 1000m"
      memory = "32MB"
    }`);
    expect(outcome).toBe('failed');
    expect(log).toContain('warning: something was killed: it used more than memory = 32MB\n');
    expect(problem?.code).toBe('step.out_of_memory');
    expect(problem?.message).toBe('killed: it used more than memory = 32MB');
  });

  test('a program itself', async () => {
    const { problem } = await runTask(`run "exec" {
      path   = "dd"
      args   = ["bs=100M", "count=1", "if=/dev/zero", "of=/dev/null"]
      memory = "32MB"
    }`);
    expect(problem?.message).toBe('killed: it used more than memory = 32MB');
  });

  test('what was killed on the way to a good end is told', async () => {
    const { outcome, log } = await runTask(`run "shell" {
      cmd    = "dd bs=100M count=1 if=/dev/zero of=/dev/null || echo without"
      memory = "32MB"
    }`);
    expect(outcome).toBe('succeeded');
    expect(log).toContain('without\n');
    expect(log).toContain('warning: something was killed: it used more than memory = 32MB\n');
  });

  test('no more of the processors than cpus', async () => {
    const { outcome, log } = await runTask(`run "shell" {
      cmd  = "timeout 0.6 sh -c 'while :; do :; done' || times | tail -n 1"
      cpus = 0.1
    }`);
    expect(outcome).toBe('succeeded');
    const [, user, system] = /^0m([\d.]+)s 0m([\d.]+)s$/m.exec(log) ?? [];
    expect(Number(user) + Number(system)).toBeLessThan(0.3);
  });

  test('a limit that only the run knows', async () => {
    const { outcome, problem } = await runTask(`run "shell" {
      cmd  = "true"
      pids = build.number > 0 ? "many" : "1"
    }`);
    expect(outcome).toBe('errored');
    expect(problem?.code).toBe('limit.not_a_limit');
    expect(problem?.message).toEndWith('pids of shell: "many" is not a number of processes');
    expect(problem?.hint).toContain('pids = 200');
  });
});

test('without limits nothing of this: null is none', async () => {
  const { outcome, log } = await runTask(`run "shell" {
    cmd    = "cat /proc/$$/cgroup"
    memory = null
    cpus   = null
    pids   = null
  }`);
  expect(outcome).toBe('succeeded');
  expect(log).not.toMatch(/(memory|pids|cpu):.*pikoci/);
});
