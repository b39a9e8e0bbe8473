/** `pikoci providers`: other places where users sign in, for administrators of a server. */
import type { Command } from 'commander';
import type { z } from 'zod';
import { CodedError } from '../../lib/coded-error.ts';
import { PROVIDER_KINDS, type ProviderView, type setProviderRequest } from '../../protocol/sign-in.ts';
import type { CommandContext } from '../context.ts';
import { readProviderFile, readSecretFile } from '../provider-file.ts';
import { type Remote, type RemoteOptions, remoteCommand } from './remote-command.ts';
import { oneLine, table } from './table.ts';

interface AddOptions extends RemoteOptions {
  readonly from?: string;
  readonly kind?: string;
  readonly label?: string;
  readonly address?: string;
  readonly clientId?: string;
  readonly clientSecretFile?: string;
  readonly access?: string;
  readonly allowGroup?: readonly string[];
  readonly allowDomain?: readonly string[];
  readonly register?: boolean;
  readonly linkByEmail?: boolean;
}

type Body = z.input<typeof setProviderRequest>;

export function addProviders(parent: Command, context: CommandContext): void {
  const providers = parent
    .command('providers')
    .description('Other places where users sign in: GitHub, GitLab, Gitea, OIDC. For administrators.');

  remoteCommand(providers.command('list').description('All providers.'), context, 'none', async (remote) => {
    const found = await remote.client.call('listProviders');
    remote.print(found, () =>
      table(
        ['PROVIDER', 'KIND', 'ADDRESS', 'CALLBACK'],
        found.map(({ name, settings, callbackUrl }) => [
          name,
          settings.kind,
          oneLine(settings.url ?? 'its own'),
          oneLine(callbackUrl),
        ]),
        'there is no provider; add one with: pikoci providers add',
        remote.style,
      ),
    );
    return 0;
  });

  const add = providers
    .command('add [provider]')
    .description('Add a provider or change it. A secret that is not given stays as it is.')
    .option('--from <file>', 'a file with all its settings (and those of others), as for pikoci server --providers')
    .option('--kind <kind>', PROVIDER_KINDS.join(', '))
    .option('--label <text>', 'on its button')
    .option('--address <url>', 'of the forge, or the issuer; by default github.com, gitlab.com')
    .option('--client-id <id>', 'as the provider gave it')
    .option('--client-secret-file <file>', 'a file with the secret that the provider gave')
    .option('--access <access>', 'the most that users are asked for: none, public, all repositories')
    .option('--allow-group <group>', 'who may sign in: an organisation, ORG/TEAM, a group; several times', collect)
    .option('--allow-domain <domain>', 'who may sign in: a domain of verified addresses; several times', collect)
    .option('--register', 'somebody new gets a user, which is so unless')
    .option('--no-register', 'nobody new gets a user')
    .option('--link-by-email', 'somebody new whose verified address is that of a user is that user')
    .addHelpText(
      'after',
      '\nExamples:\n  pikoci providers add github --kind github --client-id Iv1.abc --client-secret-file secret --allow-group acme\n  pikoci providers add --from providers.hcl',
    );
  remoteCommand<AddOptions>(add, context, 'none', async (remote, name) => {
    const { options, client } = remote;
    const given: [string, Body][] = [];
    if (options.from !== undefined) {
      const all = await readProviderFile(options.from, context.cwd, context.env);
      const wanted = name === undefined || name === '' ? all : all.filter((one) => one.name === name);
      if (wanted.length === 0)
        throw new CodedError('usage.bad_config', `${options.from} has no provider ${name ?? ''}`);
      for (const { name: of, settings, secrets } of wanted) given.push([of, { ...settings, ...secrets }]);
    } else {
      if (name === undefined || name === '')
        throw new CodedError('usage.missing', 'which provider?', {
          hint: 'give it a name: pikoci providers add github --kind github …',
        });
      given.push([name, await bodyOf(name, remote, context)]);
    }
    const made: ProviderView[] = [];
    for (const [provider, body] of given) made.push(await client.call('setProvider', { params: { provider }, body }));
    remote.print(made, () =>
      made.flatMap((one) => [`provider ${one.name}: set`, `its callback address: ${oneLine(one.callbackUrl)}`]),
    );
    return 0;
  });

  remoteCommand(
    providers
      .command('remove <provider>')
      .description('Remove a provider, with the accounts that are linked to it. Users stay.'),
    context,
    'none',
    async (remote, provider = '') => {
      await remote.client.call('removeProvider', { params: { provider } });
      remote.print({ removed: provider }, () => [`provider ${oneLine(provider)}: removed`]);
      return 0;
    },
  );

  remoteCommand(
    providers.command('check <provider>').description('Look whether it answers, and takes the id and secret.'),
    context,
    'none',
    check,
  );
}

async function check({ client, print }: Remote, provider = ''): Promise<number> {
  const found = await client.call('checkProvider', { params: { provider } });
  print(found, () => [
    `${oneLine(provider)}: ${found.ok ? '' : 'not as it must be: '}${oneLine(found.message)}`,
    ...(found.hint === undefined ? [] : [oneLine(found.hint)]),
  ]);
  return found.ok ? 0 : 1;
}

/** What is not given of a provider that is there stays as it is, an allow-list most of all. */
async function bodyOf(name: string, { options, client }: Remote<AddOptions>, context: CommandContext): Promise<Body> {
  const there = (await client.call('listProviders')).find((one) => one.name === name)?.settings;
  const { label, address, clientSecretFile, access, allowGroup, allowDomain } = options;
  const kind = options.kind ?? there?.kind;
  const clientId = options.clientId ?? there?.clientId;
  if (kind === undefined || clientId === undefined) {
    throw new CodedError('usage.missing', '--kind and --client-id, or --from, have to be given', {
      hint: 'pikoci providers add github --kind github --client-id ID --client-secret-file FILE',
    });
  }
  const allow = {
    ...there?.allow,
    ...(allowGroup !== undefined && { groups: [...allowGroup] }),
    ...(allowDomain !== undefined && { domains: [...allowDomain] }),
  };
  return {
    ...there,
    kind: kind as Body['kind'],
    clientId,
    ...(label !== undefined && { label }),
    ...(address !== undefined && { url: address }),
    ...(access !== undefined && { access: access as Body['access'] }),
    ...(Object.keys(allow).length > 0 && { allow }),
    ...(options.register !== undefined && { register: options.register }),
    ...(options.linkByEmail === true && { linkByEmail: true }),
    ...(clientSecretFile !== undefined && { clientSecret: await readSecretFile(clientSecretFile, context.cwd) }),
  };
}

const collect = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];
