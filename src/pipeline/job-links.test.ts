import { expect, test } from 'bun:test';
import { jobLinks, jobsConcerned } from './job-links.ts';
import { loadGood } from './load-fixture.ts';

const PIPELINE = `
resource "git" "src" {
  params { url = "https://example.com/src" }
}
resource "git" "made" {
  params { url = "https://example.com/made" }
}
job "test" {
  in_parallel {
    get "git" "src" { trigger = true }
  }
}
job "make" {
  get "git" "src" { passed = ["test"] }
  put "git" "made" {}
}
job "ship" {
  on_success {
    get "git" "made" {}
  }
  task "t" {
    run "shell" { cmd = "true" }
  }
}
job "alone" {
  task "t" {
    run "shell" { cmd = "true" }
  }
}
`;

test('what else may be built after something happened', async () => {
  const model = await loadGood(PIPELINE);
  const concerned = (jobs: readonly string[], resources: readonly string[]): readonly string[] => [
    ...jobsConcerned(model, { jobs, resources }),
  ];
  expect(concerned([], ['git.src'])).toEqual(['test', 'make']);
  expect(concerned(['test'], [])).toEqual(['test', 'make']);
  // What it puts is a version for whoever gets it, in a hook too.
  expect(concerned(['make'], [])).toEqual(['make', 'ship']);
  expect(concerned(['alone'], [])).toEqual([]);
  expect(concerned([], ['git.gone'])).toEqual([]);
  expect(jobLinks(model).gets.get('ship')).toHaveLength(1);
});
