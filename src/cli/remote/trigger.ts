import type { Command } from 'commander';
import type { CommandContext } from '../context.ts';
import { chooseInputs, readInputTexts } from '../input-flags.ts';
import { reasonOption } from './reason-option.ts';
import { type Remote, type RemoteOptions, remoteCommand } from './remote-command.ts';
import { oneLine } from './table.ts';
import { collect, readVersions } from './version-flags.ts';
import { watchBuild } from './watch-build.ts';

export interface TriggerOptions extends RemoteOptions {
  readonly watch?: boolean;
  readonly version: readonly string[];
  readonly input: readonly string[];
  readonly reason?: string;
}

interface JobNames {
  readonly team: string;
  readonly pipeline: string;
  readonly job: string;
}

/** `jobs trigger` and `pipelines trigger` are the same and name the job differently. */
export function addTrigger(
  command: Command,
  context: CommandContext,
  example: string,
  names: (remote: Remote<TriggerOptions>, argument: string | undefined) => JobNames,
): void {
  remoteCommand<TriggerOptions>(
    command
      .option('-w, --watch', 'follow the build; exit 0 or 1 as it ends')
      .option('--version <resource=field=value>', 'a version to take; may be repeated', collect, [])
      .option(
        '--input <name=value>',
        'an input of the job; name=@file reads it from a file; may be repeated',
        collect,
        [],
      )
      .option(...reasonOption('why, for those who see the build'))
      .addHelpText(
        'after',
        `\nExample:\n  ${example}\n  ${example.replace(' --watch', '')} --version git.my-app=ref=4f2a91c`,
      ),
    context,
    'job',
    async (remote, argument) => {
      const { client, options } = remote;
      const params = names(remote, argument);
      const versions = readVersions(options.version);
      const texts = await readInputTexts(options.input, context.cwd);
      const { manualInputs } = await client.call('getJob', { params });
      const inputs = await chooseInputs(manualInputs, texts, context.ask);
      const build = await client.call('triggerJob', { params, body: { versions, inputs, reason: options.reason } });
      if (remote.options.watch === true) return watchBuild(remote.client, build.id, context, remote.options);
      remote.print(build, () => [
        `build ${build.number} of ${oneLine(build.job)} is ${build.status}${build.waitsFor === undefined ? '' : `: it waits for ${oneLine(build.waitsFor)}`}`,
      ]);
      return 0;
    },
  );
}
