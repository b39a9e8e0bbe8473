import { EventEmitter, once } from 'node:events';
import type { Command } from 'commander';
import { CodedError } from '../../lib/coded-error.ts';
import type { BuildDetailView, BuildView } from '../../protocol/builds.ts';
import type { CommandContext } from '../context.ts';
import type { Style } from '../style.ts';
import { createTerminalText } from '../terminal-text.ts';
import { findBuild } from './find-build.ts';
import { collectPages, readLimit } from './pages.ts';
import { reasonOption } from './reason-option.ts';
import { type Remote, type RemoteOptions, remoteCommand } from './remote-command.ts';
import { ago, oneLine, statusWord, table, took, untilText, versionText } from './table.ts';
import { addBuildTests, testCountsText } from './tests.ts';
import { addRelease, addVotes, describeGates } from './votes.ts';
import { watchBuild } from './watch-build.ts';

interface ListOptions extends RemoteOptions {
  readonly limit: string;
}
interface LogOptions extends RemoteOptions {
  readonly step?: string;
  readonly attempt?: string;
}
interface RetryOptions extends RemoteOptions {
  readonly reason?: string;
  readonly watch?: boolean;
}

const BUILD = '[build]';
const BUILD_HELP = 'BUILD is a number (with -p and -j), an id, or left out for the newest of the job.';

export function addBuilds(parent: Command, context: CommandContext): void {
  const builds = parent.command('builds').description('Builds: what ran, runs and will run.');
  const one = (verb: string, description: string, example: string): Command =>
    builds
      .command(`${verb} ${BUILD}`)
      .description(description)
      .addHelpText('after', `\n${BUILD_HELP}\n\nExample:\n  pikoci builds ${verb} ${example}`);

  remoteCommand<ListOptions>(
    builds
      .command('list')
      .description('Builds, newest first.')
      .option('-n, --limit <number>', 'how many', '25')
      .addHelpText('after', '\nExample:\n  pikoci builds list -p my-app -j test --json'),
    context,
    'job',
    listBuilds,
  );
  remoteCommand(one('get', 'A build with its steps.', '4 -p my-app -j test'), context, 'job', async (remote, build) => {
    const found = await findBuild(remote, build);
    remote.print(found, () => describe(found, remote.style));
    return 0;
  });
  remoteCommand<LogOptions>(
    one('logs', 'The log of a build: what its steps wrote.', '4 -p my-app -j test')
      .option('--step <id>', 'of one step')
      .option('--attempt <number>', 'of an earlier attempt'),
    context,
    'job',
    printLog,
  );
  addBuildTests(builds, context);
  remoteCommand(
    one('watch', 'Follow a build; exit 0 or 1 as it ends.', '-p my-app -j test'),
    context,
    'job',
    async (remote, build) => watchBuild(remote.client, (await findBuild(remote, build)).id, context, remote.options),
  );
  remoteCommand(one('cancel', 'Cancel a build.', '4 -p my-app -j test'), context, 'job', async (remote, named) => {
    const { id } = await findBuild(remote, named);
    const build = await remote.client.call('cancelBuild', { params: { build: id } });
    remote.print(build, () => [
      build.status === 'cancelled'
        ? `build ${build.number} of ${oneLine(build.job)} is cancelled`
        : `build ${build.number} of ${oneLine(build.job)} is being cancelled: its hooks and service stops run first`,
    ]);
    return 0;
  });
  addVotes(one, context);
  addRelease(one, context);
  remoteCommand<RetryOptions>(
    one('retry', 'The same again: same versions, same configuration.', '4 -p my-app -j test')
      .option('-w, --watch', 'follow the new build; exit 0 or 1 as it ends')
      .option(...reasonOption('why, for those who see the build')),
    context,
    'job',
    async (remote, named) => {
      const { id } = await findBuild(remote, named);
      const build = await remote.client.call('retryBuild', {
        params: { build: id },
        body: { reason: remote.options.reason },
      });
      if (remote.options.watch === true) return watchBuild(remote.client, build.id, context, remote.options);
      remote.print(build, () => [`build ${build.number} of ${oneLine(build.job)} is ${build.status}`]);
      return 0;
    },
  );
}

const MOST_AT_ONCE = 200;

async function listBuilds({ client, options, style, print }: Remote<ListOptions>): Promise<number> {
  const wanted = readLimit(options.limit, 'builds');
  const { team, pipeline, job } = options;
  if (job !== undefined && pipeline === undefined) {
    throw new CodedError('usage.missing', 'which pipeline is the job of?', { hint: 'name it with -p PIPELINE' });
  }
  const items = await collectPages(wanted, MOST_AT_ONCE, (page) =>
    client.call('listBuilds', { query: { team, pipeline, job, ...page } }),
  );
  const now = Date.now();
  print(items, () =>
    table(
      ['BUILD', 'STATUS', 'VERSIONS', 'TOOK', 'WHEN'],
      items.map((build) => [
        pipeline === undefined
          ? `${build.pipeline}/${build.job} #${build.number}`
          : job === undefined
            ? `${build.job} #${build.number}`
            : String(build.number),
        statusWord(build.status, style) + remark(build, style),
        Object.values(build.versions).map(versionText).join(', '),
        took(build.startedAt, build.endedAt, now),
        ago(build.createdAt, now),
      ]),
      'no builds yet',
      style,
    ),
  );
  return 0;
}

/** Bytes as they were written; on a terminal without whatever would do more to it than colour. */
async function printLog(remote: Remote<LogOptions>, named: string | undefined): Promise<number> {
  const { client, context, options } = remote;
  if (options.attempt !== undefined && !/^[1-9]\d{0,5}$/.test(options.attempt)) {
    throw new CodedError('usage.bad_value', `--attempt: "${options.attempt}" is not a number`);
  }
  const build = await findBuild(remote, named);
  const attempt = options.attempt === undefined ? undefined : Number(options.attempt);
  if (options.json === true) return printLogJson(remote, build, attempt);
  const response = await client.bytes('buildLog', {
    params: { build: build.id },
    query: { step: options.step, attempt },
  });
  if (response.body === null) return 0;
  if (context.stdout.isTTY !== true) {
    for await (const bytes of response.body) await written(context, bytes);
    return 0;
  }
  const decoder = new TextDecoder();
  const terminal = createTerminalText();
  for await (const bytes of response.body) {
    await written(context, terminal.push(decoder.decode(bytes, { stream: true })));
  }
  await written(context, terminal.push(decoder.decode()) + terminal.flush());
  return 0;
}

/** A line for each step that wrote something, so that a long log is never whole in memory: `{"step", "name", "log"}`. */
async function printLogJson(
  { client, context, options }: Remote<LogOptions>,
  build: BuildDetailView,
  attempt: number | undefined,
): Promise<number> {
  for (const { id, name } of build.steps) {
    if (options.step !== undefined && options.step !== id) continue;
    const response = await client.bytes('buildLog', { params: { build: build.id }, query: { step: id, attempt } });
    const log = await response.text();
    if (log !== '') await written(context, `${JSON.stringify({ step: id, name, log })}\n`);
  }
  return 0;
}

/** Waits while the reader of a pipe is slow: a log may be longer than memory. */
async function written({ stdout }: CommandContext, text: string | Uint8Array): Promise<void> {
  if (stdout.write(text) === false && stdout instanceof EventEmitter) await once(stdout, 'drain');
}

/** Behind a status in a list: what the build waits for, or why its status may be old. */
function remark(build: BuildView, style: Style): string {
  if (build.endedAt === null && build.problem?.code.startsWith('server.')) {
    return style.red(' (the server cannot record how it goes: see builds get)');
  }
  if (build.waitsFor === undefined) return '';
  const until = build.wait?.until;
  return style.dim(` (${oneLine(build.waitsFor)}${until === undefined ? '' : `, ${untilText(until, Date.now())}`})`);
}

function describe(build: BuildDetailView, style: Style): string[] {
  const now = Date.now();
  const attempt = build.attempts.at(-1);
  const states = new Map(attempt?.steps.map((state) => [state.step, state]));
  const lines = [
    `${style.bold(`${oneLine(build.job)} #${build.number}`)}  ${statusWord(build.status, style)}  ${took(build.startedAt, build.endedAt, now)}`,
    style.dim(`id ${build.id}, revision ${build.revision}, ${ago(build.createdAt, now)}`),
  ];
  if (build.wait !== undefined) {
    const { text, wayOut, command, until } = build.wait;
    lines.push(`waits for ${oneLine(text)}${until === undefined ? '' : `, ${untilText(until, now)}`}`);
    if (wayOut !== undefined) lines.push(style.dim(oneLine(wayOut)));
    if (command !== undefined) lines.push(style.dim(oneLine(command)));
  }
  if (build.cancelledBy !== undefined) lines.push(`cancelled by ${oneLine(build.cancelledBy)}`);
  if (build.problem !== undefined) lines.push(style.red(oneLine(build.problem.message)));
  if (build.problem?.hint !== undefined) lines.push(style.dim(oneLine(build.problem.hint)));
  if (build.tests !== undefined) lines.push(`tests: ${testCountsText(build.tests, style)}`);
  for (const input of build.inputs) lines.push(`${oneLine(input.resource)}  ${oneLine(versionText(input.version))}`);
  lines.push(...describeGates(build, style));
  return [
    ...lines,
    '',
    ...table(
      ['STEP', 'NAME', 'STATUS', 'TOOK', 'WHAT'],
      build.steps.map((step) => {
        const state = states.get(step.id);
        const status =
          state === undefined || state.status === 'pending' ? style.dim('-') : statusWord(state.status, style);
        return [
          step.id,
          oneLine(step.name),
          status,
          took(state?.startedAt ?? null, state?.endedAt ?? null, now),
          oneLine(step.summary),
        ];
      }),
      'no steps',
      style,
    ),
    ...describeSummaries(build, style),
  ];
}

/** What steps wrote to `PIKOCI_SUMMARY`, as they wrote it: Markdown is meant to be read. */
function describeSummaries(build: BuildDetailView, style: Style): string[] {
  const names = new Map(build.steps.map(({ id, name }) => [id, name]));
  return (build.attempts.at(-1)?.steps ?? []).flatMap(({ step, summary }) => {
    if (summary === undefined) return [];
    const terminal = createTerminalText();
    const text = terminal.push(summary) + terminal.flush();
    return ['', style.bold(oneLine(names.get(step) ?? step)), ...text.trimEnd().split(/\r?\n/)];
  });
}
