import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { CodedError } from '../../lib/coded-error.ts';
import type { PlanResource } from '../../pipeline/plan.ts';
import type { GetStep } from '../../pipeline/plan-step.ts';
import type { VersionFields } from '../../protocol/version.ts';
import type { StepRun } from '../engine/build.ts';
import { type Environment, valuesAsEnvironment, versionAsEnvironment } from '../engine/environment.ts';
import { endOfCommand, type StepEnd, SUCCEEDED } from '../engine/step-end.ts';
import { createTextTail } from '../output/text-tail.ts';
import { lastLineObject } from '../secrets/fetch-secret.ts';
import type { EvaluatedValues } from '../secrets/value-reader.ts';
import { getArtifact } from './artifact.ts';
import { copyDirectory } from './copy-directory.ts';
import { readVersion } from './pushed-version.ts';
import { emitVersion, enterCache, findResource, resourceDirectory } from './step-resource.ts';

/** A `get`: fetches the version that was chosen for this build, or copies a local directory given with `--resource`. */
export async function runGet(step: GetStep, run: StepRun): Promise<StepEnd> {
  const override = run.build.host.overrides.get(step.resource);
  if (override !== undefined) return await copyLocal(step, override, run);
  const input = run.build.grant.inputs[step.id];
  if (input === undefined) {
    throw new CodedError('get.no_version', `no version of ${step.resource} came with the build`, {
      hint: 'check the resource, then trigger the job again',
    });
  }
  const params = await run.reader.readAll(step.params);
  const extra = valuesAsEnvironment('get_', params);
  const { resource, type } = findResource(step.resource, run);
  if (type.engine === 'artifact') {
    const end = await getArtifact(step, input.version, run, resource);
    run.build.gets.set(step.name, input.version);
    return end;
  }
  const end = await fetchVersion(step.resource, input.version, extra, run);
  if (end.outcome === 'succeeded') run.build.gets.set(step.name, input.version);
  return end;
}

/**
 * Runs the type's `pull` for one version into the resource's directory. A type without `pull` (`cron`) has nothing to fetch. A failure is
 * `errored`: it is the world's, not the author's code.
 */
export async function fetchVersion(
  address: string,
  version: VersionFields,
  extra: Environment,
  run: StepRun,
): Promise<StepEnd> {
  const { build } = run;
  const { resource, type } = findResource(address, run);
  const params = await run.reader.readAll(resource.params);
  const directory = await makeDirectory(resource, params, run);
  if (type.pull === undefined) return SUCCEEDED;
  using cache = await enterCache(address, resource, type, run);
  const said = createTextTail(16_384);
  const end = await build.run({
    step: run.id,
    command: type.pull,
    builtin: type.builtin,
    reader: run.reader,
    environment: {
      ...run.environment,
      ...valuesAsEnvironment('param_', params),
      ...versionAsEnvironment(version),
      ...extra,
      GET_DIR: directory,
      ...(cache !== undefined && { CACHE_DIR: cache.dir }),
    },
    signal: run.signal,
    separate: true,
    async output(bytes, stream) {
      if (stream === 'stdout') said.push(bytes);
      await run.log.write(bytes);
    },
  });
  const ended = endOfCommand(end);
  if (ended.outcome === 'succeeded') {
    await tellMetadata(address, version, said.text(), run);
    return ended;
  }
  if (end.interrupt !== undefined) return ended;
  const problem = {
    code: 'get.failed',
    message: `fetching ${address} failed: pull of ${resource.type} ended with ${end.exit.code ?? end.exit.signal}`,
    hint: 'the log of this step says why',
  };
  return { ...ended, outcome: 'errored', problem };
}

/** `{"version": …, "metadata": …}` on the last line of a `pull` adds what is known of the version. */
async function tellMetadata(resource: string, version: VersionFields, said: string, run: StepRun): Promise<void> {
  const object = lastLineObject(said);
  if (object === undefined || !('metadata' in object)) return;
  const metadata = readVersion(object)?.metadata ?? {};
  await emitVersion(resource, 'fetched', version, metadata, run);
}

async function makeDirectory(resource: PlanResource, params: EvaluatedValues, run: StepRun): Promise<string> {
  const directory = await resourceDirectory(resource, params, run);
  mkdirSync(directory, { recursive: true });
  return directory;
}

/** Copied, not linked: the build must not write into somebody's sources. */
async function copyLocal(step: GetStep, from: string, run: StepRun): Promise<StepEnd> {
  if (statSync(from, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw new CodedError('get.no_directory', `${step.resource} is to be taken from ${from}, which is no directory`, {
      hint: 'name a directory with --resource',
    });
  }
  const { resource } = findResource(step.resource, run);
  const params = await run.reader.readAll(resource.params);
  const directory = await makeDirectory(resource, params, run);
  await run.log.say(`${step.resource} is taken from ${from}`);
  // The attempt's directories lie beside each other in one of its own.
  const except = dirname(run.build.host.workDir);
  const { leftOut } = await copyDirectory(from, directory, { except, signal: run.signal });
  if (leftOut.length > 0) await run.log.say(`not copied, for they are no files: ${leftOut.join(', ')}`);
  const version = run.build.grant.inputs[step.id]?.version ?? {};
  run.build.gets.set(step.name, version);
  return SUCCEEDED;
}
