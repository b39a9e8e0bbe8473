import type { PutStep } from '../../pipeline/plan-step.ts';
import type { StepRun } from '../engine/build.ts';
import { valuesAsEnvironment, versionAsEnvironment } from '../engine/environment.ts';
import { endOfCommand, errored, type StepEnd } from '../engine/step-end.ts';
import { createTextTail } from '../output/text-tail.ts';
import { lastLineObject } from '../secrets/fetch-secret.ts';
import { putArtifact } from './artifact.ts';
import { readVersion } from './pushed-version.ts';
import { fetchVersion } from './run-get.ts';
import { emitVersion, enterCache, findResource, resourceDirectory } from './step-resource.ts';

/** What it would be given, without asking for secrets: those stay the expressions they are. */
async function sayWhatIsLeftOut({ resource, params }: PutStep, run: StepRun): Promise<void> {
  const { text } = run.build.host.masks;
  await run.log.say(
    `put ${resource} is left out, for nothing is pushed from here without --allow-put; it would push with`,
  );
  const lines = Object.entries(params).map(([name, value]) =>
    value.kind === 'known' ? `${name} = ${JSON.stringify(value.value)}` : `${name} = ${value.expression.trim()}`,
  );
  for (const line of lines.length === 0 ? ['no parameters of its own'] : lines) await run.log.say(`  ${text(line)}`);
}

const LARGEST_VERSION = 64 * 1024;

/** A `put`: pushes, records the version that the last line of `push` names, and fetches it again unless told not to. */
export async function runPut(step: PutStep, run: StepRun): Promise<StepEnd> {
  const { build } = run;
  const { resource, type } = findResource(step.resource, run);
  if (type.engine === 'artifact') {
    const [params, own] = [await run.reader.readAll(resource.params), await run.reader.readAll(step.params)];
    return await putArtifact(step, run, resource, params, own);
  }
  if (!build.host.allowPut) {
    await sayWhatIsLeftOut(step, run);
    return { outcome: 'skipped' };
  }
  if (type.push === undefined) {
    return errored(
      'put.no_command',
      `the resource type ${type.name} has no push command, so nothing can be put to ${step.resource}`,
    );
  }
  const params = await run.reader.readAll(resource.params);
  const own = await run.reader.readAll(step.params);
  const said = createTextTail(LARGEST_VERSION);
  let end: Awaited<ReturnType<typeof build.run>>;
  {
    using cache = await enterCache(step.resource, resource, type, run);
    const known = Object.values(build.grant.inputs).find((input) => input.resource === step.resource);
    end = await build.run({
      step: run.id,
      command: type.push,
      builtin: type.builtin,
      reader: run.reader,
      environment: {
        ...run.environment,
        ...valuesAsEnvironment('param_', params),
        ...(known !== undefined && versionAsEnvironment(known.version)),
        ...valuesAsEnvironment('put_', own),
        GET_DIR: await resourceDirectory(resource, params, run),
        ...(cache !== undefined && { CACHE_DIR: cache.dir }),
      },
      signal: run.signal,
      separate: true,
      async output(bytes, stream) {
        if (stream === 'stdout') said.push(bytes);
        await run.log.write(bytes);
      },
    });
  }
  const ended = endOfCommand(end);
  if (ended.outcome !== 'succeeded') return ended;
  const object = lastLineObject(said.text());
  const pushed = object === undefined ? undefined : readVersion(object);
  if (pushed === undefined || Object.keys(pushed.version).length === 0) {
    await run.log.say(`warning: the last line that push of ${type.name} printed is no version; none is recorded`);
    return ended;
  }
  if (build.host.masks.finds(JSON.stringify(pushed.version))) {
    return errored(
      'put.secret_in_version',
      `push of ${step.resource} printed a version with a secret in it; it is not recorded`,
    );
  }
  await emitVersion(step.resource, 'pushed', pushed.version, pushed.metadata, run);
  build.gets.set(step.name, pushed.version);
  return step.noGet ? ended : await fetchVersion(step.resource, pushed.version, {}, run);
}
