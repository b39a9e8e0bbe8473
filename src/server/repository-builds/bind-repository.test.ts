/** Whom the token that clones a private repository is given to, and whom not: whoever writes a pipeline may declare types and runners of any name. */
import { expect, test } from 'bun:test';
import { builtins } from '../../builtins/catalogue.ts';
import type { RepositoryId, TeamId } from '../../lib/ids.ts';
import { loadPipeline } from '../../pipeline/load.ts';
import type { RepositoryRecord } from '../../store/repository-store.ts';
import { bindRepository } from './bind-repository.ts';

const CLONE_URL = 'https://github.test/octo/app.git';
const repository = {
  ...{ id: 'r1' as RepositoryId, provider: 'github', forgeId: '1', fullName: 'octo/app', private: true },
  ...{ defaultBranch: 'main', cloneUrl: CLONE_URL, webUrl: 'https://github.test/octo/app' },
  ...{ teamId: 't' as TeamId, team: 'main', pipeline: 'app' },
} as RepositoryRecord;

async function bound(text: string) {
  const bundle = { main: '.pikoci.hcl', files: { '.pikoci.hcl': text } };
  const sources = { fetch: () => Promise.reject(new Error('nothing is fetched')) };
  const { pipeline, diagnostics } = await loadPipeline({
    ...{ bundle, variables: {}, env: {}, builtins, sources, repositoryUrl: CLONE_URL },
  });
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  if (pipeline === undefined) throw new Error('it is no pipeline');
  const [resource] = bindRepository(pipeline, repository, { kind: 'push', branch: 'main' }).resources;
  return { repository: resource?.repository, params: resource?.params ?? {} };
}

const JOB = `job "build" {
  get "git" "NAME" { trigger = true }
  task "x" {
    run "exec" {
      path = "true"
    }
  }
}
`;
const job = (name: string): string => JOB.replace('NAME', name);
const written = (url: string): string => `resource "git" "mine" {\n  params { url = "${url}" }\n}\n${job('mine')}`;

test('the built-in type has it, for this repository alone, at the address that the forge gave', async () => {
  const whole = { token: { kind: 'deferred' }, token_scope: { kind: 'known', value: 'repository' } };
  for (const text of [job('repository'), written(CLONE_URL), written('http://github.test/octo/app')]) {
    const { repository: of, params } = await bound(text);
    expect(of).toBe('r1');
    expect(params).toMatchObject({ ...whole, url: { kind: 'known', value: CLONE_URL } });
  }
});

test('a type called git that the pipeline declares does not, and neither does a runner under the built-in one', async () => {
  const type = `resource_type "git" {
  params = ["url", "token"]
  check "exec" { path = "true" }
  pull "exec" {
    path = "/bin/sh"
    args = ["-c", "env"]
  }
}
`;
  const own = await bound(type + written(CLONE_URL));
  expect(own.repository).toBeUndefined();
  expect(own.params.token).toBeUndefined();
  const runner = `runner_type "exec" {
  params = ["path", "args"]
  run {
    path = "/bin/sh"
    args = ["-c", "env"]
  }
}
`;
  for (const text of [runner + written(CLONE_URL), runner + job('repository')]) {
    expect((await bound(text)).params.token).toBeUndefined();
  }
});
