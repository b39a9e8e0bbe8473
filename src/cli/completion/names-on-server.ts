import type { Client } from '../../client/client.ts';
import type { Candidate, ValueOf } from './complete-line.ts';

const GIVEN_ROLES = ['read', 'write', 'maintain', 'admin'];
const ENOUGH = 100;

/** The things of a server that a word could name; `undefined` where it names none. */
export function namesOnServer(of: ValueOf): ((client: Client) => Promise<readonly Candidate[]>) | undefined {
  const { options } = of;
  const team = options.team ?? 'main';
  const { pipeline, job } = options;
  switch (of.name === 'name' ? `${of.path[0]} name` : of.name) {
    case 'team':
    case 'only-team':
    case 'team-name':
      return async (client) => named(await client.call('listTeams'));
    case 'pipeline':
    case 'pipelines name':
      return async (client) => named((await client.call('listPipelines')).filter((each) => each.team === team));
    case 'job':
      if (pipeline === undefined) return undefined;
      return async (client) => named(await client.call('listJobs', { params: { team, pipeline } }));
    case 'resource':
      if (pipeline === undefined) return undefined;
      return async (client) =>
        (await client.call('listResources', { params: { team, pipeline } })).map(({ address }) => plain(address));
    case 'build':
      if (pipeline === undefined || job === undefined) return undefined;
      return async (client) => {
        const { items } = await client.call('listJobBuilds', {
          params: { team, pipeline, job },
          query: { limit: ENOUGH },
        });
        return items.map(({ number, status }) => ({ value: String(number), about: status }));
      };
    case 'worker':
      return async (client) => named(await client.call('listWorkers'));
    case 'provider':
      return async (client) => named(await client.call('listProviders'));
    case 'user':
    case 'actor':
      return async (client) =>
        (await client.call('listUsers', { query: { limit: ENOUGH } })).items.map(({ name, displayName }) => ({
          value: name,
          about: displayName ?? '',
        }));
    default:
      return undefined;
  }
}

/** What needs no server. */
export function fixedValues({ name }: ValueOf): readonly Candidate[] {
  return name === 'role' ? GIVEN_ROLES.map(plain) : [];
}

const plain = (value: string): Candidate => ({ value, about: '' });
const named = (things: readonly { readonly name: string }[]): Candidate[] => things.map(({ name }) => plain(name));
