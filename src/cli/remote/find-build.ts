import { CodedError } from '../../lib/coded-error.ts';
import type { BuildDetailView } from '../../protocol/builds.ts';
import type { Remote } from './remote-command.ts';

/**
 * The build that a command means: a number together with `-p` and `-j`, the newest of that job when there is no number, or an id.
 * Throws `usage.missing`, `usage.bad_value`, `api.not_found`.
 */
export async function findBuild(remote: Remote, build: string | undefined): Promise<BuildDetailView> {
  const { client } = remote;
  if (build !== undefined && /^[0-9a-f-]{36}$/i.test(build)) {
    return client.call('getBuild', { params: { build } });
  }
  const names = remote.job();
  if (build !== undefined && build !== '') {
    if (!/^\d{1,9}$/.test(build)) {
      throw new CodedError('usage.bad_value', `"${build}" is neither the number nor the id of a build`, {
        hint: 'builds list shows both (the ids with --json)',
      });
    }
    return client.call('getJobBuild', { params: { ...names, number: build } });
  }
  const newest = (await client.call('listJobBuilds', { params: names, query: { limit: 1 } })).items[0];
  if (newest !== undefined) return client.call('getBuild', { params: { build: newest.id } });
  throw new CodedError('api.not_found', `job "${names.job}" has no builds yet`, {
    hint: `start one with pikoci jobs trigger ${names.job} -p ${names.pipeline}`,
  });
}
