import { expect, test } from 'bun:test';
import { allUpstreamOf, inDependencyOrder } from './job-order.ts';
import { loadGood } from './load-fixture.ts';

const RESOURCE = 'resource "git" "app" {\n  params { url = "https://x" }\n}\n';
const job = (name: string, ...passed: string[]): string => `job "${name}" {
  get "git" "app" { passed = ${JSON.stringify(passed)} }
  task "t" {
    run "shell" { cmd = "true" }
  }
}
`;

test.each<[text: string, order: string[]]>([
  [job('a') + job('b') + job('c'), ['a', 'b', 'c']],
  [job('c', 'b') + job('b', 'a') + job('a'), ['a', 'b', 'c']],
  [
    job('deploy', 'lint', 'unit') + job('unit', 'build') + job('lint') + job('build'),
    ['lint', 'build', 'unit', 'deploy'],
  ],
])('jobs come after what they wait for', async (text, order) => {
  const { jobs } = await loadGood(RESOURCE + text);
  expect(inDependencyOrder(jobs).map(({ name }) => name)).toEqual(order);
});

test('what a job waits for has what that waits for in it', async () => {
  const { jobs } = await loadGood(RESOURCE + job('a') + job('b', 'a') + job('c', 'b') + job('x'));
  expect([...allUpstreamOf(jobs[2]!, jobs)].sort()).toEqual(['a', 'b']);
  expect([...allUpstreamOf(jobs[0]!, jobs)]).toEqual([]);
});
