import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { plainText } from '../../pipeline/plain-text.ts';
import type { TaskStep } from '../../pipeline/plan-step.ts';
import type { StepRun } from '../engine/build.ts';
import { type Environment, valuesAsEnvironment } from '../engine/environment.ts';
import { parseOutputFile } from '../engine/output-file.ts';
import { endOfCommand, failed, type StepEnd } from '../engine/step-end.ts';
import { reportTests } from '../reports/report-tests.ts';
import { tokenOfNobody } from '../secrets/stored-secrets.ts';
import { insideWorkDir } from './inside-work-dir.ts';
import { restoreCaches, saveCaches } from './task-caches.ts';

/** A `task`: its inputs must be there, its command must end with 0, its outputs must be there then. */
export async function runTask(step: TaskStep, run: StepRun): Promise<StepEnd> {
  const { workDir } = run.build.host;
  const missing = (paths: readonly string[]): string[] =>
    paths.filter((path) => !existsSync(join(workDir, insideWorkDir(path, `a path of the task ${step.name}`))));

  const lacking = missing(step.inputs);
  if (lacking.length > 0) {
    return failed(
      'task.input_missing',
      `the task ${step.name} needs ${lacking.join(', ')}, which is not in the build's directory`,
      'a get or a task before it must make it; paths are relative to $WORKDIR',
    );
  }
  const env = await run.reader.readAll(step.env);
  const dir = step.dir === undefined ? undefined : await run.reader.read(step.dir);
  const open = step.caches === undefined ? [] : await restoreCaches(step.caches, run);
  const end = await run.build.run({
    step: run.id,
    command: step.run,
    builtin: false,
    reader: run.reader,
    environment: { ...run.environment, ...(await identityOf(step, run)), ...valuesAsEnvironment('', env) },
    dir: typeof dir?.value === 'string' ? insideWorkDir(dir.value, `dir of the task ${step.name}`) : undefined,
    signal: run.signal,
    output: (bytes) => run.log.write(bytes),
    takesFiles: true,
  });
  const { values, warnings } = parseOutputFile(end.written);
  if (Object.keys(values).length > 0) run.build.tasks.set(step.name, values);
  for (const warning of warnings) await run.log.say(warning);
  if (end.interrupt === undefined || end.interrupt.kind === 'timed_out') await tellFindings(step, run, end.summary);
  const ended = endOfCommand(end);
  if (ended.outcome !== 'succeeded') return ended;
  const unmade = missing(step.outputs);
  if (unmade.length > 0) {
    return {
      ...failed(
        'task.output_missing',
        `the task ${step.name} ended well, but did not make ${unmade.join(', ')}`,
        'paths in outputs are relative to $WORKDIR',
      ),
      exitCode: 0,
    };
  }
  await saveCaches(open, run);
  return ended;
}

/** `PIKOCI_ID_TOKEN`, where the task asks for one. */
async function identityOf(step: TaskStep, run: StepRun): Promise<Environment> {
  if (step.idToken === undefined) return {};
  const { host } = run.build;
  const audience = plainText((await run.reader.read(step.idToken)).value) ?? '';
  const token = await (host.idToken ?? tokenOfNobody)(audience, run.signal);
  host.masks.add(token);
  return { PIKOCI_ID_TOKEN: token };
}

/** What a task found out, for people to see: however it ended by itself. */
async function tellFindings(step: TaskStep, run: StepRun, summary: string): Promise<void> {
  const { host } = run.build;
  if (step.reports !== undefined) await reportTests(step.reports.junit, run);
  if (summary.trim() === '') return;
  const text = host.masks.text(summary);
  await host.emit({ kind: 'summary', at: host.clock.now(), step: run.id, try: run.number, text });
}
