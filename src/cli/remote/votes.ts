/** `builds approve`, `builds reject` and `builds release`. */
import type { Command } from 'commander';
import type { BuildDetailView } from '../../protocol/builds.ts';
import type { GateView } from '../../protocol/gates.ts';
import type { CommandContext } from '../context.ts';
import type { Style } from '../style.ts';
import { findBuild } from './find-build.ts';
import { voteMessageOption } from './reason-option.ts';
import { type RemoteOptions, remoteCommand } from './remote-command.ts';
import { ago, oneLine, versionText } from './table.ts';

interface VoteOptions extends RemoteOptions {
  readonly approval?: string;
  readonly message?: string;
}

/** `one` makes a command about a build. */
export function addVotes(
  one: (verb: string, description: string, example: string) => Command,
  context: CommandContext,
): void {
  for (const [verb, route, description] of [
    ['approve', 'approveBuild', 'Agree that a build which waits for approval begins.'],
    ['reject', 'rejectBuild', 'End a build which waits for approval.'],
  ] as const) {
    remoteCommand<VoteOptions>(
      one(verb, description, `4 -p my-app -j deploy -m "${verb === 'approve' ? 'tested by hand' : 'not on a Friday'}"`)
        .option(...voteMessageOption)
        .option('--approval <label>', 'which of several approvals'),
      context,
      'job',
      async (remote, named) => {
        const { approval, message } = remote.options;
        const found = await findBuild(remote, named);
        const build = await remote.client.call(route, {
          params: { build: found.id },
          // What is voted on is what was read just now, and printed.
          body: { approval, reason: message, seen: found.approval?.seen },
        });
        remote.print(build, () => [
          ...versionLines(found),
          `build ${build.number} of ${oneLine(build.job)} ${said(verb, build.status)}${build.waitsFor === undefined ? '' : `: it waits for ${oneLine(build.waitsFor)}`}`,
        ]);
        return 0;
      },
    );
  }
}

/** `builds release`. */
export function addRelease(
  one: (verb: string, description: string, example: string) => Command,
  context: CommandContext,
): void {
  remoteCommand<VoteOptions>(
    one('release', 'Answer for a build of a fork, which is held until then.', '4 -p app--pr-7 -j test').option(
      ...voteMessageOption,
    ),
    context,
    'job',
    async (remote, named) => {
      const found = await findBuild(remote, named);
      const body = { reason: remote.options.message };
      const build = await remote.client.call('releaseBuild', { params: { build: found.id }, body });
      remote.print(build, () => [...versionLines(found), `build ${build.number} of ${oneLine(build.job)} is released`]);
      return 0;
    },
  );
}

const said = (verb: 'approve' | 'reject', status: BuildDetailView['status']): string =>
  verb === 'reject' ? 'is rejected' : status === 'waiting_for_approval' ? 'has your approval' : 'is approved';

const versionLines = ({ inputs }: BuildDetailView): string[] =>
  inputs.map((input) => `${oneLine(input.resource)}  ${oneLine(versionText(input.version))}`);

/** What was said at each gate of a build, and what it was given. */
export function describeGates({ approval, inputValues }: BuildDetailView, style: Style): string[] {
  return [
    ...inputValues.map(
      ({ name, value, sensitive }) => `input ${oneLine(name)} = ${sensitive ? '***' : oneLine(JSON.stringify(value))}`,
    ),
    ...(approval?.gates ?? []).flatMap((gate) => describeGate(gate, style)),
  ];
}

function describeGate({ label, message, needed, votes, until }: GateView, style: Style): string[] {
  const now = Date.now();
  const given = votes.filter(({ vote }) => vote === 'approved').length;
  const limit =
    until === undefined ? '' : `, until ${new Date(until).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
  return [
    `approval ${oneLine(label)}: ${given} of ${needed}${limit}${message === undefined ? '' : style.dim(` (${oneLine(message)})`)}`,
    ...votes.map(
      ({ vote, by, at, reason }) =>
        `  ${vote} by ${oneLine(by)} ${ago(at, now)}${reason === undefined ? '' : `: ${oneLine(reason)}`}`,
    ),
  ];
}
