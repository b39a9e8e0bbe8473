/** What a forge is told of a build: how it stands in one line, where to look, and which tests failed where. */

import type { Annotation, CommitState, CommitStatus } from '../../integrations/forge-commits.ts';
import { assertNever } from '../../lib/assert-never.ts';
import { formatDuration } from '../../lib/duration.ts';
import type { BuildRecord, TestResultRecord } from '../../store/records.ts';

export interface StatusFacts {
  readonly build: BuildRecord;
  readonly externalUrl: string;
  /** The step that failed, by its id and as people read it. */
  readonly failedStep?: { readonly id: string; readonly name: string; readonly message: string } | undefined;
  readonly failedTests: readonly TestResultRecord[];
}

export function commitStatus({ build, externalUrl, failedStep, failedTests }: StatusFacts): CommitStatus {
  const { team, pipeline, job, number, event } = build;
  const path = ['teams', team, 'pipelines', pipeline, 'jobs', job, 'builds', String(number)];
  const step = failedStep === undefined ? '' : `?step=${encodeURIComponent(failedStep.id)}`;
  const description = describe(build, failedStep);
  return {
    context: `pikoci/${job}${event?.merged === true ? ' (merged)' : ''}`,
    state: stateOf(build),
    description,
    url: `${externalUrl}/${path.map(encodeURIComponent).join('/')}${step}`,
    text: textOf(build, description, failedStep, failedTests),
    annotations: failedTests.flatMap(annotationOf),
    ...(build.startedAt !== undefined && { startedAt: build.startedAt }),
    ...(build.endedAt !== undefined && { endedAt: build.endedAt }),
  };
}

function stateOf({ status }: BuildRecord): CommitState {
  switch (status) {
    case 'waiting_for_approval':
    case 'pending':
      return 'pending';
    case 'running':
      return 'running';
    case 'succeeded':
    case 'warning':
      return 'succeeded';
    case 'failed':
      return 'failed';
    case 'errored':
      return 'errored';
    case 'cancelled':
    case 'skipped':
      return 'cancelled';
    default:
      return assertNever(status);
  }
}

function describe(build: BuildRecord, failedStep: StatusFacts['failedStep']): string {
  const { status, held, startedAt, endedAt, number, problem, cancelRequestedBy } = build;
  const took = startedAt !== undefined && endedAt !== undefined ? ` in ${formatDuration(endedAt - startedAt)}` : '';
  const why = failedStep === undefined ? problem?.message : `${failedStep.name} ${failedStep.message}`;
  const because = why === undefined ? '' : `: ${why.split('\n')[0]}`;
  switch (status) {
    case 'pending':
      return held ? `#${number} is held: it is of a fork, and waits for somebody to release it` : `#${number} waits`;
    case 'waiting_for_approval':
      return `#${number} waits for approval`;
    case 'running':
      return `#${number} is running`;
    case 'succeeded':
      return `#${number} passed${took}`;
    case 'warning':
      return `#${number} passed${took}, with warnings`;
    case 'failed':
      return `#${number} failed${took}${because}`;
    case 'errored':
      return `#${number} errored${because}`;
    case 'cancelled':
      return `#${number} was cancelled${cancelRequestedBy === undefined ? '' : ` by ${cancelRequestedBy}`}`;
    case 'skipped':
      return `#${number} was skipped${because}`;
    default:
      return assertNever(status);
  }
}

const MOST_TESTS = 20;

function textOf(
  { problem }: BuildRecord,
  description: string,
  failedStep: StatusFacts['failedStep'],
  failedTests: readonly TestResultRecord[],
): string {
  const tests = failedTests.slice(0, MOST_TESTS).map(({ suite, name, message }) => {
    const said = message === undefined ? '' : `\n\n${fenced(message.slice(0, 1_000))}`;
    return `- ${plain(suite === '' ? name : `${suite} › ${name}`)}${said}`;
  });
  const rest = failedTests.length > MOST_TESTS ? [`- and ${failedTests.length - MOST_TESTS} more`] : [];
  return [
    plain(description),
    ...(failedStep === undefined && problem !== undefined
      ? [fenced(`${problem.message}\n${problem.hint ?? ''}`.trim())]
      : []),
    ...(tests.length > 0 ? [`Failed tests:`, [...tests, ...rest].join('\n')] : []),
  ].join('\n\n');
}

/** Words of a build are words in Markdown too: no links, no mentions, no pictures. */
const plain = (text: string): string => text.replace(/[\\`*_{}[\]<>()#!|@~]/g, '\\$&').replace(/\s+/g, ' ');

function fenced(text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}\n${text}\n${fence}`;
}

/** Only what says where in the repository it is. */
function annotationOf({ suite, name, message, place }: TestResultRecord): Annotation[] {
  const [, path, line] = /^(.+?):(\d+)(?::\d+)?$/.exec(place ?? '') ?? [];
  if (path === undefined || line === undefined || path.startsWith('/') || path.split('/').includes('..')) return [];
  const title = suite === '' ? name : `${suite} › ${name}`;
  return [{ path: path.replace(/^\.\//, ''), line: Math.max(1, Number(line)), title, message: message ?? 'failed' }];
}
