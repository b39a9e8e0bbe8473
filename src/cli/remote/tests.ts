/** `pikoci builds tests`: what the tests of a build said. */
import type { Command } from 'commander';
import { CodedError } from '../../lib/coded-error.ts';
import { formatDuration } from '../../lib/duration.ts';
import type { BuildView } from '../../protocol/builds.ts';
import type { TestCounts, TestResultView, TestStatus, TestsView } from '../../protocol/tests.ts';
import type { CommandContext } from '../context.ts';
import type { Style } from '../style.ts';
import { findBuild } from './find-build.ts';
import { type Remote, type RemoteOptions, remoteCommand } from './remote-command.ts';
import { oneLine, table } from './table.ts';

interface TestOptions extends RemoteOptions {
  readonly all?: boolean;
  readonly slowest?: boolean;
  readonly limit: string;
}

const MOST_AT_ONCE = 200;

export function addBuildTests(builds: Command, context: CommandContext): void {
  remoteCommand<TestOptions>(
    builds
      .command('tests [build]')
      .description('What the tests of a build said: the failures, or more.')
      .option('--all', 'all tests, not only those that failed')
      .option('--slowest', 'those that took longest')
      .option('-n, --limit <number>', 'how many', '100')
      .addHelpText(
        'after',
        '\nA failure is new when the last build that passed did not have it. A test is flaky when it both\npassed and failed on the same versions.\n\nExample:\n  pikoci builds tests 4 -p my-app -j test',
      ),
    context,
    'job',
    listTests,
  );
}

async function listTests(remote: Remote<TestOptions>, named: string | undefined): Promise<number> {
  const { options, client, style, print } = remote;
  if (!/^[1-9]\d{0,5}$/.test(options.limit)) {
    throw new CodedError('usage.bad_value', `--limit: "${options.limit}" is not a number of tests`);
  }
  const build = await findBuild(remote, named);
  const wanted = Number(options.limit);
  const everything = options.all === true || options.slowest === true;
  const ask = (limit: number, after: string | undefined): Promise<TestsView> =>
    client.call('listTests', {
      params: { build: build.id },
      query: {
        limit,
        after,
        ...(everything ? {} : { status: 'failed' as const }),
        ...(options.slowest === true && { order: 'slowest' as const }),
      },
    });
  let found = await ask(Math.min(MOST_AT_ONCE, wanted), undefined);
  const items = [...found.items];
  while (found.next !== undefined && items.length < wanted) {
    found = await ask(Math.min(MOST_AT_ONCE, wanted - items.length), found.next);
    items.push(...found.items);
  }
  print({ ...found, items }, () => describe(build, found, items, everything, style));
  return 0;
}

function describe(
  build: BuildView,
  found: TestsView,
  items: readonly TestResultView[],
  everything: boolean,
  style: Style,
): string[] {
  if (build.tests === undefined) {
    const hint = 'A task tells of its tests with reports { junit = ["**/*.xml"] }.';
    return [`no step of build ${build.number} reported tests`, style.dim(hint)];
  }
  const lines = [`${testCountsText(found.counts, style)}  ${style.dim(formatDuration(found.counts.durationMs))}`];
  if (found.newFailures > 0 && found.comparedWith !== undefined) {
    lines.push(style.red(`${found.newFailures} new since build ${found.comparedWith}, the last that passed`));
  }
  if (found.flaky > 0) lines.push(style.yellow(`${found.flaky} flaky`));
  if (!everything) {
    for (const test of items) lines.push('', ...failureLines(test, style));
  } else if (items.length > 0) {
    lines.push(
      '',
      ...table(
        ['STATUS', 'TOOK', 'SUITE', 'TEST'],
        items.map((test) => [
          statusText(test.status, style) + (test.flaky ? style.yellow(' flaky') : ''),
          test.durationMs === undefined ? '-' : formatDuration(test.durationMs),
          test.suite,
          test.name,
        ]),
        'no tests',
        style,
      ),
    );
  }
  if (found.next !== undefined) lines.push('', style.dim(`there are more: -n ${items.length * 10}`));
  return lines;
}

function failureLines(test: TestResultView, style: Style): string[] {
  const notes = [
    ...(test.isNew ? [style.red('new')] : []),
    ...(test.failingSince !== undefined && !test.isNew ? [style.dim(`since build ${test.failingSince}`)] : []),
    ...(test.flaky ? [style.yellow('flaky')] : []),
  ].join(', ');
  const title = [test.suite, test.name].filter((part) => part !== '').map(oneLine);
  return [
    `${style.red('✗')} ${style.bold(title.join(' › '))}${notes === '' ? '' : `  ${notes}`}`,
    ...(test.place === undefined ? [] : [style.dim(`  ${oneLine(test.place)}`)]),
    ...(test.message === undefined ? [] : test.message.split('\n').map((line) => `  ${oneLine(line)}`.trimEnd())),
  ];
}

/** `120 passed, 2 failed, 1 skipped`. */
export function testCountsText({ passed, failed, errored, skipped }: TestCounts, style: Style): string {
  const bad = failed + errored;
  return [
    style.green(`${passed} passed`),
    ...(bad > 0 ? [style.red(`${bad} failed`)] : []),
    ...(skipped > 0 ? [style.dim(`${skipped} skipped`)] : []),
  ].join(', ');
}

function statusText(status: TestStatus, style: Style): string {
  if (status === 'passed') return style.green(status);
  return status === 'skipped' ? style.dim(status) : style.red(status);
}
