/** `resources pin|unpin|disable|enable`: which versions builds may get. */
import type { Command } from 'commander';
import type { ResourceView } from '../../protocol/api.ts';
import type { CommandContext } from '../context.ts';
import { reasonOption } from './reason-option.ts';
import { type RemoteOptions, remoteCommand } from './remote-command.ts';
import { oneLine, versionText } from './table.ts';
import { collect, readVersion } from './version-flags.ts';

interface VersionOptions extends RemoteOptions {
  readonly version: readonly string[];
  readonly reason?: string;
}

export function addVersionCommands(resources: Command, context: CommandContext): void {
  const ofVersion = (verb: string, description: string): Command =>
    resources
      .command(`${verb} <resource>`)
      .description(description)
      .option('--version <field=value>', 'the version, by a field of it; may be repeated', collect, [])
      .option(...reasonOption())
      .addHelpText('after', `\nExample:\n  pikoci resources ${verb} git.my-app -p my-app --version ref=4f2a91c`);

  remoteCommand<VersionOptions>(
    ofVersion('pin', 'Let every build get this version and no other.'),
    context,
    'pipeline',
    async ({ client, pipeline, options, print }, address = '') => {
      const body = { version: readVersion(options.version, address), reason: options.reason };
      const found = await client.call('pinVersion', { params: { ...pipeline(), address }, body });
      print(found, () => [
        `${oneLine(found.address)} is pinned to ${pinText(found)}: builds get it until pikoci resources unpin ${oneLine(found.address)} -p ${options.pipeline}`,
        ...(found.pinDisabled === true ? ['it is disabled, so nothing is built until it is enabled or unpinned'] : []),
      ]);
      return 0;
    },
  );

  remoteCommand<VersionOptions>(
    resources
      .command('unpin <resource>')
      .description('Take the newest version again.')
      .option(...reasonOption())
      .addHelpText('after', '\nExample:\n  pikoci resources unpin git.my-app -p my-app'),
    context,
    'pipeline',
    async ({ client, pipeline, options, print }, address = '') => {
      const params = { ...pipeline(), address };
      const found = await client.call('unpinVersion', { params, body: { reason: options.reason } });
      print(found, () => [
        found.pinnedInText === undefined
          ? `${oneLine(found.address)} is not pinned any more`
          : `${oneLine(found.address)} is pinned by nobody any more, and by its block in the pipeline to ${versionText(found.pinnedInText)}`,
      ]);
      return 0;
    },
  );

  for (const [verb, route, description, done] of [
    ['disable', 'disableVersion', 'Let no build get this version.', 'no build gets'],
    ['enable', 'enableVersion', 'Let builds get this version again.', 'builds may get'],
  ] as const) {
    remoteCommand<VersionOptions>(
      ofVersion(verb, description),
      context,
      'pipeline',
      async ({ client, pipeline, options, print }, address = '') => {
        const body = { version: readVersion(options.version, address), reason: options.reason };
        const found = await client.call(route, { params: { ...pipeline(), address }, body });
        print(found, () => [`${done} ${versionText(found.version)} of ${oneLine(address)}`]);
        return 0;
      },
    );
  }
}

const pinText = ({ pinned }: ResourceView): string => (pinned === undefined ? 'a version' : versionText(pinned));
