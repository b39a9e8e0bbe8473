/** Secrets that the server keeps: encrypted here, before the store sees them, and decrypted for the one worker that asks for its work. */
import type { Clock } from '../../lib/clock.ts';
import { CodedError } from '../../lib/coded-error.ts';
import type { AttemptId, CheckId, WorkerId } from '../../lib/ids.ts';
import { nearest } from '../../lib/nearest.ts';
import { seal } from '../../lib/system/seal.ts';
import type { SecretRequest } from '../../protocol/messages.ts';
import type { HeldWork, SecretRecord, SecretScope, SecretStore } from '../../store/secret-store.ts';
import { ofFork } from '../repository-builds/of-fork.ts';
import type { AtRest } from './at-rest.ts';

export interface KeptSecrets {
  set(scope: SecretScope, name: string, value: string, by: string): Promise<{ secret: SecretRecord; created: boolean }>;
  /**
   * The value, sealed to the key in the request. Throws `secret.not_held` when the work is not this worker's (any more), `secret.not_found`, and
   * `secrets.wrong_key`.
   */
  handOut(request: SecretRequest, worker: WorkerId): Promise<string>;
}

export function createKeptSecrets(parts: {
  readonly store: SecretStore;
  readonly atRest: AtRest;
  readonly clock: Clock;
}): KeptSecrets {
  const { store, atRest, clock } = parts;
  return {
    set: (scope, name, value, by) =>
      store.setSecret({ ...scope, name, sealed: atRest.encrypt(value, contextOf(scope, name)), by, now: clock.now() }),

    async handOut({ work, name, sealKey }, workerId) {
      const found = await store.secretForWork({ workerId, work: heldWork(work), name });
      switch (found.kind) {
        case 'not_held':
          throw new CodedError(
            'secret.not_held',
            "the build or check that asks for a secret is not this worker's any more",
          );
        case 'fork':
          throw ofFork('no secrets');
        case 'missing':
          throw notKept(name, found);
        case 'found':
          return seal(sealKey, open(atRest, found.sealed, found.secret));
      }
    },
  };
}

/** What it belongs to is authenticated with it: the row of another secret does not open as this one. */
const contextOf = ({ teamId, pipelineId }: SecretScope, name: string): string =>
  `secret ${teamId}/${pipelineId ?? ''}/${name}`;

function open(atRest: AtRest, sealed: string, secret: SecretRecord): string {
  const whose = secret.pipelineId === undefined ? 'of the team' : 'of the pipeline';
  try {
    const value = atRest.decrypt(sealed, contextOf(secret, secret.name));
    if (typeof value === 'string') return value;
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    throw new CodedError('secrets.wrong_key', `the secret ${secret.name} ${whose} cannot be decrypted with this key`, {
      hint: 'start the server with the --secret-key it was stored under, or set it again: pikoci secrets set',
      cause: error,
    });
  }
  throw new CodedError('secrets.damaged', `the secret ${secret.name} ${whose} is not what was stored`, {
    hint: 'set it again: pikoci secrets set',
  });
}

function notKept(
  name: string,
  { team, pipeline, names }: { readonly team: string; readonly pipeline: string; readonly names: readonly string[] },
): CodedError {
  const near = nearest(name, names);
  const command = `pikoci secrets set ${name} --team ${team} (for this pipeline alone with --pipeline ${pipeline})`;
  return new CodedError(
    'secret.not_found',
    `the server keeps no secret "${name}" for the pipeline ${pipeline} or its team ${team}`,
    { hint: near === undefined ? `set it with: ${command}` : `did you mean "${near}"? Else set it with: ${command}` },
  );
}

function heldWork(work: SecretRequest['work']): HeldWork {
  return work.kind === 'build'
    ? { ...work, attempt: work.attempt as AttemptId }
    : { ...work, check: work.check as CheckId };
}
