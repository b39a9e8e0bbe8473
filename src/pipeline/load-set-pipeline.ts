/** The step `set_pipeline "name" { file = …, vars = { … }, instance_vars = { … } }`. */

import type { Block } from '../hcl/syntax.ts';
import { isSensitiveWithin } from '../hcl/value.ts';
import type { BlockReader } from './block-reader.ts';
import { instanceName } from './instance-name.ts';
import type { JobReading } from './job-reading.ts';
import { labelRange } from './loading.ts';
import type { SetPipelineStep } from './plan-step.ts';
import type { PlanValue } from './plan-value.ts';

interface Own {
  readonly set: Pick<SetPipelineStep, 'pipeline' | 'file' | 'vars' | 'instanceVars'>;
  /** What is set, by its whole name where that is known already. */
  readonly shownName: string;
}

/** What the block says besides what every step may say; undefined when something it needs is missing, which is reported. */
export function readSetPipeline(block: Block, reader: BlockReader, job: JobReading): Own | undefined {
  const { loading, names } = job;
  const [pipeline] = loading.labels(block, 'pipeline') ?? [];
  const named = pipeline !== undefined && isPipelineName(pipeline, block, job);
  const file = reader.attribute('file');
  const plan = file && loading.expressions.planValue(file.expression, names).plan;
  const vars = readVars('vars', reader, job);
  const instanceVars = readVars('instance_vars', reader, job);
  if (file === undefined && !reader.isMeant('file') && !loading.isUnread(block.range)) {
    const detail = `set_pipeline needs "file": the pipeline's file in the directory of the build, such as file = "my-app/ci/deploy.hcl".`;
    loading.error('missing-attribute', 'Attribute missing', detail, { subject: block.headerRange });
  }
  if (!named || plan === undefined) return undefined;
  if (Object.keys(instanceVars).length === 0) return { set: { pipeline, file: plan, vars }, shownName: pipeline };
  const known = Object.entries(instanceVars).flatMap(([key, value]) =>
    value.kind === 'known' ? [[key, value.value] as const] : [],
  );
  const isKnown = known.length === Object.keys(instanceVars).length;
  const shownName = (isKnown && instanceName(pipeline, Object.fromEntries(known))) || pipeline;
  return { set: { pipeline, file: plan, vars, instanceVars }, shownName };
}

function isPipelineName(name: string, block: Block, { loading }: JobReading): boolean {
  if (/^[^\p{C}/\\]{1,100}$/u.test(name) && name.trim() === name && !/^\.+$/.test(name)) return true;
  const detail = 'The name of a pipeline has up to 100 characters, no slashes, and no white space at its ends.';
  loading.error('bad-name', 'Not a usable name', detail, { subject: labelRange(block, 0) });
  return false;
}

/** `vars` may be sensitive; `instance_vars` are in the name of what is set, so they may not. */
function readVars(
  name: 'vars' | 'instance_vars',
  reader: BlockReader,
  { loading, names }: JobReading,
): Record<string, PlanValue> {
  const attribute = reader.attribute(name);
  const entries = attribute && loading.expressions.planEntries(attribute, names);
  const values: Record<string, PlanValue> = {};
  for (const [key, { plan, value, keyAt }] of entries ?? []) {
    values[key] = plan;
    const isSensitive = isSensitiveWithin(value) || (plan.kind === 'deferred' && plan.sensitive);
    if (name !== 'instance_vars' || !isSensitive) continue;
    const detail = `"${key}" is a part of the name of what is set, so it must not be made from a secret or sensitive value. Give it in "vars".`;
    loading.error('sensitive-not-allowed', 'Secret value', detail, { subject: keyAt });
  }
  return values;
}
