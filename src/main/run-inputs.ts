import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { RunView } from '../cli/run-view.ts';
import { CodedError } from '../lib/coded-error.ts';
import { canonicalJson } from '../lib/json.ts';
import { nearest } from '../lib/nearest.ts';
import { planForCheck } from '../pipeline/build-plan.ts';
import type { Pipeline } from '../pipeline/model.ts';
import type { BuildPlan, GetStep } from '../pipeline/plan.ts';
import { allSteps } from '../pipeline/plan-walk.ts';
import type { GrantedInput } from '../protocol/messages.ts';
import type { AttemptRoot } from '../worker/attempt-root.ts';
import { type CheckHost, runCheck } from '../worker/run-check.ts';

/** `--resource git.my-app=./dir`: by address, the directory taken instead. Throws `usage.bad_value`. */
export function readOverrides(given: readonly string[], plan: BuildPlan, cwd: string): ReadonlyMap<string, string> {
  const overrides = new Map<string, string>();
  const addresses = Object.keys(plan.resources);
  for (const argument of given) {
    const equals = argument.indexOf('=');
    const address = argument.slice(0, Math.max(0, equals));
    if (equals < 0) {
      throw new CodedError('usage.bad_value', `--resource: "${argument}" is not type.name=directory`, {
        hint: 'write --resource git.my-app=./dir',
      });
    }
    if (!addresses.includes(address)) {
      const near = nearest(address, addresses);
      const hint =
        near === undefined
          ? addresses.length === 0
            ? 'it uses none'
            : `it uses ${addresses.join(', ')}`
          : `did you mean ${near}?`;
      throw new CodedError('usage.bad_value', `--resource: the job ${plan.job} does not use "${address}"`, { hint });
    }
    const directory = resolve(cwd, argument.slice(equals + 1));
    if (statSync(directory, { throwIfNoEntry: false })?.isDirectory() !== true) {
      throw new CodedError('usage.bad_value', `--resource: ${directory} is not a directory`, {
        hint: `name the one to use for ${address}`,
      });
    }
    overrides.set(address, directory);
  }
  return overrides;
}

/**
 * The version that each `get` takes: pinned, or the newest that a check finds now. `undefined` when one could not be found: what
 * the check said has been shown.
 */
export async function findInputs(parts: {
  readonly pipeline: Pipeline;
  readonly plan: BuildPlan;
  readonly overrides: ReadonlyMap<string, string>;
  readonly host: Omit<CheckHost, 'dirs'>;
  readonly dirs: (name: string) => AttemptRoot;
  readonly view: RunView;
}): Promise<Record<string, GrantedInput> | undefined> {
  const { pipeline, plan, overrides, view } = parts;
  const inputs: Record<string, GrantedInput> = {};
  const found = new Map<string, GrantedInput | undefined>();
  for (const step of allSteps(plan.steps, plan.hooks)) {
    if (step.kind !== 'get') continue;
    if (overrides.has(step.resource)) {
      inputs[step.id] = {
        resource: step.resource,
        version: { local: overrides.get(step.resource) ?? '' },
        metadata: {},
      };
      continue;
    }
    const pinned = pinOf(step, pipeline);
    if (pinned !== undefined) {
      inputs[step.id] = { resource: step.resource, version: pinned, metadata: {} };
      continue;
    }
    if (!found.has(step.resource)) found.set(step.resource, await newest(step.resource, parts));
    const input = found.get(step.resource);
    if (input === undefined) return undefined;
    view.note(`${step.resource}: ${canonicalJson(input.version)}`);
    inputs[step.id] = input;
  }
  return inputs;
}

function pinOf(step: GetStep, pipeline: Pipeline): GrantedInput['version'] | undefined {
  if (typeof step.version === 'object') return step.version.pinned;
  return pipeline.resources.find((resource) => resource.address === step.resource)?.pinned;
}

async function newest(address: string, parts: Parameters<typeof findInputs>[0]): Promise<GrantedInput | undefined> {
  const { pipeline, host, view } = parts;
  const dirs = parts.dirs(`check-${address}`);
  const check = planForCheck(pipeline, address);
  const end = await runCheck({ team: 'main', pipeline: 'run', plan: check, last: undefined }, { ...host, dirs });
  if (end.problem !== undefined) {
    view.note(`${address} could not be checked: ${end.problem.message}`);
    if (end.log.trim() !== '') view.note(end.log.trimEnd());
    if (end.problem.hint !== undefined) view.note(end.problem.hint);
    view.note(`to use a directory instead: --resource ${address}=DIRECTORY`);
    return undefined;
  }
  const last = end.versions?.at(-1);
  if (last === undefined) {
    view.note(`${address} has no version yet; to use a directory instead: --resource ${address}=DIRECTORY`);
    return undefined;
  }
  return { resource: address, ...last };
}
