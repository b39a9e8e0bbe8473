import type { Command } from 'commander';
import type { Client } from '../../client/client.ts';
import type { CheckView, ResourceView } from '../../protocol/api.ts';
import type { CommandContext } from '../context.ts';
import type { Style } from '../style.ts';
import { checkedText } from './checked-text.ts';
import { type RemoteOptions, remoteCommand } from './remote-command.ts';
import { ago, markText, oneLine, table, versionText } from './table.ts';
import { addVersionCommands } from './version-commands.ts';

interface WebhookOptions extends RemoteOptions {
  readonly remove?: boolean;
}

interface CheckOptions extends RemoteOptions {
  readonly wait?: boolean;
}

export function addResources(parent: Command, context: CommandContext): void {
  const resources = parent.command('resources').description('Resources of a pipeline: what it watches.');

  remoteCommand(
    resources
      .command('list')
      .description('Resources with their newest version.')
      .addHelpText('after', '\nExample:\n  pikoci resources list -p my-app'),
    context,
    'pipeline',
    async ({ client, pipeline, style, print }) => {
      const found = await client.call('listResources', { params: pipeline() });
      print(found, () =>
        table(
          ['RESOURCE', 'NEWEST', 'PINNED', 'CHECKED', 'WHEN', 'PROBLEM'],
          found.map((one) => [
            oneLine(one.address),
            one.latest === undefined ? '-' : versionText(one.latest) + disabled(one.latestDisabled, style),
            pinOf(one) + disabled(one.pinDisabled, style),
            checkedText(one, Date.now()),
            one.schedule,
            one.lastCheckProblem === undefined ? '' : style.red(oneLine(one.lastCheckProblem.message)),
          ]),
          'this pipeline watches nothing',
          style,
        ),
      );
      return 0;
    },
  );

  remoteCommand<WebhookOptions>(
    resources
      .command('webhook <resource>')
      .description('Make an address at which the resource is checked at once; an earlier one is good no more.')
      .option('--remove', 'take the address away')
      .addHelpText('after', '\nExample:\n  curl -X POST "$(pikoci resources webhook git.my-app -p my-app)"'),
    context,
    'pipeline',
    async ({ client, pipeline, options, print }, address = '') => {
      const params = { ...pipeline(), address };
      if (options.remove === true) {
        await client.call('removeResourceWebhook', { params });
        print({ removed: address }, () => [`webhook of ${oneLine(address)}: removed`]);
        return 0;
      }
      const made = await client.call('makeResourceWebhook', { params });
      print(made, () => [made.url]);
      return 0;
    },
  );

  remoteCommand<CheckOptions>(
    resources
      .command('check <resource>')
      .description('Look for new versions now.')
      .option('-w, --wait', 'until the check is over; exit 1 when it failed')
      .addHelpText('after', '\nExample:\n  pikoci resources check git.my-app -p my-app --wait'),
    context,
    'pipeline',
    async ({ client, pipeline, options, style, print }, address = '') => {
      const names = { ...pipeline(), address };
      let check = await client.call('checkResource', { params: names });
      if (options.wait === true) check = await waitFor(client, check);
      print(check, () => describe(check, style.red));
      return check.status === 'errored' ? 1 : 0;
    },
  );

  remoteCommand(
    resources
      .command('versions <resource>')
      .description('Versions, newest first.')
      .addHelpText('after', '\nExample:\n  pikoci resources versions git.my-app -p my-app'),
    context,
    'pipeline',
    async ({ client, pipeline, style, print }, address = '') => {
      const { items } = await client.call('listVersions', { params: { ...pipeline(), address }, query: {} });
      print(items, () =>
        table(
          ['VERSION', 'SEEN', 'ABOUT'],
          items.map((one) => [
            versionText(one.version) + (one.disabled ? style.dim(` (disabled${markText(one.disable)})`) : ''),
            ago(one.firstSeenAt, Date.now()),
            oneLine(Object.values(one.metadata).join(', ')).slice(0, 100),
          ]),
          'no check has found a version yet',
          style,
        ),
      );
      return 0;
    },
  );
  addVersionCommands(resources, context);
}

const disabled = (is: true | undefined, style: Style): string => (is === true ? style.yellow(' (disabled)') : '');

/** What a person pinned it to, else its block in the pipeline. */
function pinOf({ pinned, pin, pinnedInText }: ResourceView): string {
  if (pinned !== undefined) return versionText(pinned) + markText(pin);
  return pinnedInText === undefined ? '' : `${versionText(pinnedInText)} (in the pipeline)`;
}

/** The feed says when something changed; the check itself is asked for then. */
async function waitFor(client: Client, check: CheckView): Promise<CheckView> {
  const stop = new AbortController();
  try {
    for await (const { message } of client.stream('feed', {}, { signal: stop.signal })) {
      if (message.event === 'changed' && message.topic !== 'resource') continue;
      const now = await client.call('getCheck', { params: { check: check.id } });
      if (now.status === 'succeeded' || now.status === 'errored') return now;
    }
    return check;
  } finally {
    stop.abort();
  }
}

function describe(check: CheckView, red: (text: string) => string): string[] {
  const name = oneLine(check.resource);
  switch (check.status) {
    case 'succeeded':
      return [`${name}: ${check.newVersions === 1 ? '1 new version' : `${check.newVersions ?? 0} new versions`}`];
    case 'errored':
      return [
        red(`${name}: ${oneLine(check.problem?.message ?? 'the check failed')}`),
        ...(check.problem?.hint === undefined ? [] : [oneLine(check.problem.hint)]),
      ];
    case 'pending':
    case 'running':
      return [`${name}: the check is ${check.status}`];
  }
}
