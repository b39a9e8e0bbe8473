import { statSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { CodedError } from '../../lib/coded-error.ts';
import type { Json } from '../../lib/json.ts';
import { directoryReader } from '../../lib/system/directory-reader.ts';
import { makeBundle } from '../../pipeline/bundle.ts';
import type { SourceBundle } from '../../pipeline/model.ts';
import { plainText } from '../../pipeline/plain-text.ts';
import type { SetPipelineStep } from '../../pipeline/plan-step.ts';
import type { StepRun } from '../engine/build.ts';
import { failed, type StepEnd, SUCCEEDED } from '../engine/step-end.ts';
import type { EvaluatedValues } from '../secrets/value-reader.ts';
import { realPathInside } from './inside-work-dir.ts';

/** A `set_pipeline`: its file, with the files that it reads and the values of its variables, goes to whoever sets pipelines here. */
export async function runSetPipeline(step: SetPipelineStep, run: StepRun): Promise<StepEnd> {
  const { build } = run;
  const { host, grant } = build;
  const path = plainText((await run.reader.read(step.file)).value) ?? '';
  const vars = await run.reader.readAll(step.vars);
  const instanceVars = step.instanceVars && valuesOf(await run.reader.readAll(step.instanceVars), () => true);
  const file = await realPathInside(host.workDir, path, 'file');
  const bundle = await bundleOf(file);
  if (bundle === undefined) {
    const isThere = statSync(file, { throwIfNoEntry: false })?.isFile() === true;
    return isThere
      ? failed('set_pipeline.no_text', `${path} is no text in UTF-8, or larger than a pipeline may be`)
      : failed('set_pipeline.no_file', `there is no file ${path} in the build's directory`);
  }
  const wanted = {
    pipeline: step.pipeline,
    ...(instanceVars !== undefined && { instanceVars }),
    bundle,
    variables: valuesOf(vars, (sensitive) => !sensitive),
    sensitive: valuesOf(vars, (sensitive) => sensitive),
  };
  const end = await host.setPipeline.set(wanted, grant, run.signal);
  for (const line of end.lines) await run.log.say(line);
  switch (end.kind) {
    case 'done':
      return SUCCEEDED;
    case 'left_out':
      return { outcome: 'skipped' };
    case 'refused': {
      const { code, message, hint } = end.problem;
      return failed(code, message, hint);
    }
  }
}

function valuesOf(values: EvaluatedValues, wanted: (sensitive: boolean) => boolean): Record<string, Json> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, { value, sensitive }]) => (wanted(sensitive) ? [[name, value]] : [])),
  );
}

/** The directory of the file is that of the pipeline: what it reads lies there or below. */
async function bundleOf(file: string): Promise<SourceBundle | undefined> {
  try {
    return await makeBundle(basename(file), directoryReader(dirname(file)));
  } catch (error) {
    if (error instanceof CodedError && error.code === 'bundle_no_main') return undefined;
    throw error;
  }
}
