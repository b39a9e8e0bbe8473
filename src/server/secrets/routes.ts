import { CodedError } from '../../lib/coded-error.ts';
import { LARGEST_SECRET_BYTES, SECRET_NAME, type SecretView, type SetSecretResult } from '../../protocol/secrets.ts';
import type { SecretRecord, SecretScope, SecretStore } from '../../store/secret-store.ts';
import type { Access } from '../access.ts';
import type { Asker } from '../auth/principal.ts';
import type { Handlers } from '../http/call.ts';
import { notFound } from '../http/problems.ts';
import type { KeptSecrets } from './kept-secrets.ts';

export interface SecretParts {
  readonly store: SecretStore;
  readonly access: Access;
  readonly secrets: KeptSecrets;
}

interface Place {
  readonly team: string;
  readonly pipeline?: string;
}

export function secretRoutes({
  store,
  access,
  secrets,
}: SecretParts): Handlers<
  | 'listTeamSecrets'
  | 'setTeamSecret'
  | 'deleteTeamSecret'
  | 'listPipelineSecrets'
  | 'setPipelineSecret'
  | 'deletePipelineSecret'
> {
  async function scopeOf(principal: Asker, { team, pipeline }: Place): Promise<SecretScope> {
    if (pipeline === undefined) return { teamId: (await access.team(principal, team)).id };
    const found = await access.pipeline(principal, { team, pipeline });
    return { teamId: found.teamId, pipelineId: found.id };
  }

  async function list(principal: Asker, place: Place): Promise<SecretView[]> {
    const found = await store.listSecrets(await scopeOf(principal, place));
    return found.map((secret) => viewOf(secret, place));
  }

  async function set(principal: Asker, place: Place, name: string, value: string): Promise<SetSecretResult> {
    const scope = await scopeOf(principal, place);
    checkSecret(name, value);
    const { secret, created } = await secrets.set(scope, name, value, principal.name);
    return { secret: viewOf(secret, place), created };
  }

  async function remove(principal: Asker, place: Place, name: string): Promise<undefined> {
    if (await store.deleteSecret(await scopeOf(principal, place), name)) return undefined;
    const whose = place.pipeline === undefined ? `team ${place.team}` : `pipeline ${place.pipeline}`;
    throw notFound(`secret "${name}" of the ${whose}`, 'secrets list shows those there are');
  }

  return {
    listTeamSecrets: ({ principal, params: { team } }) => list(principal, { team }),
    setTeamSecret: ({ principal, params: { team, secret }, body }) => set(principal, { team }, secret, body.value),
    deleteTeamSecret: ({ principal, params: { team, secret } }) => remove(principal, { team }, secret),
    listPipelineSecrets: ({ principal, params }) => list(principal, params),
    setPipelineSecret: ({ principal, params, body }) => set(principal, params, params.secret, body.value),
    deletePipelineSecret: ({ principal, params }) => remove(principal, params, params.secret),
  };
}

function checkSecret(name: string, value: string): void {
  if (!SECRET_NAME.test(name)) {
    throw new CodedError('api.bad_request', `"${name}" cannot be the name of a secret`, {
      hint: 'letters, digits, _ . and -, the first a letter, a digit or _; at most 100 of them',
    });
  }
  if (Buffer.byteLength(value) > LARGEST_SECRET_BYTES) {
    throw new CodedError('api.too_large', `a secret has at most ${LARGEST_SECRET_BYTES / 1024} KiB`, {
      hint: 'keep what is larger in a file of the worker, or in a store of its own',
    });
  }
}

function viewOf({ name, createdBy, createdAt, setBy, setAt }: SecretRecord, { team, pipeline }: Place): SecretView {
  return {
    name,
    scope: pipeline === undefined ? 'team' : 'pipeline',
    team,
    ...(pipeline !== undefined && { pipeline }),
    createdBy,
    createdAt,
    setBy,
    setAt,
  };
}
