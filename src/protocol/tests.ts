/** Results of tests, as the reports of a task have them, and how the API shows them. */
import { z } from 'zod';

/** `errored`: the test could not be run to its end, as JUnit's `error` says; for a build it counts as failed. */
export const testStatus = z.enum(['passed', 'failed', 'errored', 'skipped']);
export type TestStatus = z.infer<typeof testStatus>;

export const testCase = z.object({
  /** The suite or class it belongs to; with `name` it is the test's identity within the job. */
  suite: z.string(),
  name: z.string(),
  status: testStatus,
  durationMs: z.number().nonnegative().optional(),
  /** Why it failed or was skipped, masked and cut. */
  message: z.string().optional(),
  /** Where it is written, as the report says: `src/a.test.ts:12`. */
  place: z.string().optional(),
  /** It failed before it passed, within one run of its tool. */
  flaky: z.boolean().optional(),
});
export type TestCase = z.infer<typeof testCase>;

export const testCounts = z.object({
  passed: z.int(),
  failed: z.int(),
  errored: z.int(),
  skipped: z.int(),
  /** Sum of the tests' own durations. */
  durationMs: z.number(),
});
export type TestCounts = z.infer<typeof testCounts>;

export const testResultView = testCase.extend({
  id: z.string(),
  step: z.string(),
  /** Failed, and did not in the last build that passed. */
  isNew: z.boolean(),
  /** Number of the build since which it fails without a break, as far back as was looked. */
  failingSince: z.int().optional(),
  /** It both passed and failed on the same versions. */
  flaky: z.boolean(),
});
export type TestResultView = z.infer<typeof testResultView>;

export const testsView = z.object({
  counts: testCounts,
  /** Number of the build that failures are compared with: the last one of the job before it that passed. */
  comparedWith: z.int().optional(),
  newFailures: z.int(),
  flaky: z.int(),
  items: z.array(testResultView),
  next: z.string().optional(),
});
export type TestsView = z.infer<typeof testsView>;

export const testHistory = z.object({
  suite: z.string(),
  name: z.string(),
  /** Newest build first. */
  results: z.array(
    z.object({
      number: z.int(),
      build: z.string(),
      status: testStatus,
      durationMs: z.number().optional(),
      message: z.string().optional(),
      flaky: z.boolean(),
    }),
  ),
});
export type TestHistory = z.infer<typeof testHistory>;
