/** `pikoci secrets`: what the server keeps for pipelines. A value goes in by a file, standard input or a prompt, and nothing shows it again. */
import type { Command } from 'commander';
import { CodedError } from '../../lib/coded-error.ts';
import type { SecretView } from '../../protocol/secrets.ts';
import type { CommandContext } from '../context.ts';
import { readValue } from './read-value.ts';
import { type Remote, type RemoteOptions, remoteCommand } from './remote-command.ts';
import { ago, oneLine, table } from './table.ts';

interface SetOptions extends RemoteOptions {
  readonly fromFile?: string;
}

/** Of fewer characters nothing is masked in a log. */
const SHORTEST_MASKED = 3;

export function addSecrets(parent: Command, context: CommandContext): void {
  const secrets = parent
    .command('secrets')
    .description('Secrets that the server keeps, for a team or with -p for one pipeline; used with secret "pikoci".');

  remoteCommand<SetOptions>(
    secrets
      .command('set <name>')
      .argument('[value]', 'not here: a command line can be read by everyone on the machine')
      .description('Keep a secret, or give it another value, which the next step that needs it gets.')
      .option('--from-file <file>', 'its value; otherwise it is read from standard input, or asked for')
      .addHelpText(
        'after',
        '\nExample:\n  pikoci secrets set deploy-key -p my-app --from-file id_ed25519\n  pass show token | pikoci secrets set token',
      ),
    context,
    'pipeline',
    async ({ client, options, print, context: { stderr } }, name = '', onCommandLine = '') => {
      if (onCommandLine !== '') {
        throw new CodedError(
          'usage.bad_value',
          'a secret is not taken from the command line, where everyone on this machine can read it',
          {
            hint: `take it as compromised, and give another one by a file or a pipe: pikoci secrets set ${name} --from-file FILE`,
          },
        );
      }
      const value = await readValue({
        what: `the secret ${name}`,
        question: `value of ${name}: `,
        file: options.fromFile,
        whenEmpty: 'to forget it: pikoci secrets delete',
        context,
      });
      const { team, pipeline } = options;
      const { secret, created } =
        pipeline === undefined
          ? await client.call('setTeamSecret', { params: { team, secret: name }, body: { value } })
          : await client.call('setPipelineSecret', { params: { team, pipeline, secret: name }, body: { value } });
      if ([...value.trim()].length < SHORTEST_MASKED) {
        stderr.write(`pikoci: a secret of fewer than ${SHORTEST_MASKED} characters is not masked in logs\n`);
      }
      print({ ...secret, created }, () => [
        `secret ${secret.name} of ${whose(secret)}: ${created ? 'kept' : 'changed'}`,
      ]);
      return 0;
    },
  );

  remoteCommand(
    secrets
      .command('list')
      .description("Names, and who set them when; with -p the pipeline's own and those of its team.")
      .addHelpText('after', '\nExample:\n  pikoci secrets list -p my-app'),
    context,
    'pipeline',
    async (remote) => {
      const found = await list(remote);
      remote.print(found, () =>
        table(
          ['SECRET', 'OF', 'SET', 'BY'],
          found.map((one) => [one.name, whose(one), ago(one.setAt, Date.now()), oneLine(one.setBy)]),
          'the server keeps no secret here: pikoci secrets set NAME',
          remote.style,
        ),
      );
      return 0;
    },
  );

  remoteCommand(
    secrets
      .command('delete <name>')
      .description('Forget a secret: steps that need it fail from then on.')
      .addHelpText('after', '\nExample:\n  pikoci secrets delete deploy-key -p my-app'),
    context,
    'pipeline',
    async ({ client, options: { team, pipeline }, print }, name = '') => {
      if (pipeline === undefined) await client.call('deleteTeamSecret', { params: { team, secret: name } });
      else await client.call('deletePipelineSecret', { params: { team, pipeline, secret: name } });
      const place = { team, ...(pipeline !== undefined && { pipeline }) };
      print({ deleted: name, ...place }, () => [`secret ${name} of ${whose(place)}: deleted`]);
      return 0;
    },
  );
}

async function list({ client, options: { team, pipeline } }: Remote): Promise<SecretView[]> {
  const ofTeam = client.call('listTeamSecrets', { params: { team } });
  if (pipeline === undefined) return ofTeam;
  const own = await client.call('listPipelineSecrets', { params: { team, pipeline } });
  return [...own, ...(await ofTeam)];
}

const whose = ({ team, pipeline }: { readonly team: string; readonly pipeline?: string | undefined }): string =>
  pipeline === undefined ? `team ${team}` : `pipeline ${pipeline}`;
