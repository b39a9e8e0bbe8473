import { createHmac } from 'node:crypto';
import type { Clock } from '../../lib/clock.ts';
import { CodedError } from '../../lib/coded-error.ts';
import { canonicalJson, type Json } from '../../lib/json.ts';
import type { LoadResult } from '../../pipeline/load-request.ts';
import type { SetPipelineRequest, SetPipelineResult } from '../../protocol/api.ts';
import type { TeamRecord } from '../../store/records.ts';
import type { Store } from '../../store/store.ts';
import { ProblemError } from '../http/problems.ts';
import type { AtRest } from '../secrets/at-rest.ts';
import type { Wakeups } from '../wakeups.ts';

/** Reads, evaluates and validates a pipeline, and shows what is wrong with one: pipeline/ and hcl/ as main/ puts them together. */
export interface PipelineLoader {
  load(bundle: SetPipelineRequest['bundle'], variables: SetPipelineRequest['variables']): Promise<LoadResult>;
  /** Diagnostics as text: the line, the place underlined, what to do. `sources` as `load` gave them. */
  render(diagnostics: LoadResult['diagnostics'], sources: LoadResult['sources']): string;
}

export interface SetPipelineParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly atRest: AtRest;
  /** For recognising that sensitive values are unchanged, although encrypting makes another text each time. */
  readonly digestKey: Uint8Array;
  readonly loader: PipelineLoader;
  readonly wakeups: Wakeups;
}

const MAX_JOBS = 2_000;
const NAME = /^[^\p{C}/\\]{1,100}$/u;

export interface SetPipelineCommand extends SetPipelineRequest {
  readonly team: TeamRecord;
  readonly name: string;
  readonly by: string;
}

/** Makes a pipeline or gives it a new revision. Throws `pipeline.invalid` with every mistake there is, `api.bad_request`, `store.stale_revision`. */
export async function setPipeline(parts: SetPipelineParts, command: SetPipelineCommand): Promise<SetPipelineResult> {
  const { store, clock, atRest, loader, wakeups } = parts;
  const { team, name, bundle, by } = command;
  if (!NAME.test(name) || name.trim() !== name || /^\.+$/.test(name)) {
    throw new CodedError('api.bad_request', `${JSON.stringify(name.slice(0, 120))} cannot be the name of a pipeline`, {
      hint: 'a name has up to 100 characters, no slashes, and no white space at its ends',
    });
  }
  const loaded = await loader.load(bundle, command.variables);
  const errors = loaded.diagnostics.filter((diagnostic) => diagnostic.severity === 'error');
  if (loaded.pipeline === undefined || errors.length > 0) throw invalid(name, loaded, errors.length, loader);
  if (loaded.pipeline.jobs.length > MAX_JOBS) {
    throw new CodedError(
      'api.bad_request',
      `pipeline ${name} has ${loaded.pipeline.jobs.length} jobs, and may have ${MAX_JOBS}`,
      { hint: 'split it into several pipelines' },
    );
  }
  const secrets = loaded.secretsOfVariables;
  const context = `${team.name}/${name}`;
  const now = clock.now();
  const { pipeline, created, changed } = await store.setPipeline({
    teamId: team.id,
    name,
    bundle,
    model: loaded.pipeline,
    ...(Object.keys(secrets).length > 0 && {
      sealedVariables: atRest.encrypt({ ...secrets }, context),
      sealedVariablesDigest: digest(parts.digestKey, secrets),
    }),
    setBy: by,
    expectedRevision: command.expectedRevision,
    firstCheckAt: now,
    now,
  });
  wakeups.checks();
  wakeups.schedule(pipeline.id);
  wakeups.work();
  wakeups.feed();
  const warnings = loaded.diagnostics.filter((diagnostic) => diagnostic.severity === 'warning');
  return {
    team: team.name,
    name,
    revision: pipeline.revision,
    created,
    changed,
    warnings: warnings.map((warning) => loader.render([warning], loaded.sources)),
  };
}

function invalid(name: string, loaded: LoadResult, count: number, loader: PipelineLoader): ProblemError {
  const mistakes = count === 1 ? 'a mistake' : `${count} mistakes`;
  return new ProblemError(
    'pipeline.invalid',
    `pipeline ${name} has ${mistakes}; nothing was changed`,
    {
      diagnostics: loaded.diagnostics.map((diagnostic) => JSON.parse(JSON.stringify(diagnostic))),
      rendered: loader.render(loaded.diagnostics, loaded.sources),
    },
    { hint: 'mend it and set it again' },
  );
}

function digest(key: Uint8Array, values: Readonly<Record<string, Json>>): string {
  return createHmac('sha256', key).update(canonicalJson(values)).digest('base64url');
}
