/** What all commands that talk to a server have in common: their options, the client, JSON or a table. */
import type { Command } from 'commander';
import { ApiError } from '../../client/api-error.ts';
import type { Client } from '../../client/client.ts';
import { CodedError } from '../../lib/coded-error.ts';
import type { CommandContext } from '../context.ts';
import { createStyle, type Style, wantsColor } from '../style.ts';
import { connect } from './connection.ts';

export interface RemoteOptions {
  readonly url?: string;
  readonly team: string;
  readonly json?: boolean;
  readonly pipeline?: string;
  readonly job?: string;
}

export interface Remote<Options extends RemoteOptions = RemoteOptions> {
  readonly client: Client;
  readonly options: Options;
  readonly context: CommandContext;
  /** For what goes to stdout. */
  readonly style: Style;
  /** The pipeline that `-p` named; in the shape of a route's parameters. Throws `usage.missing`. */
  pipeline(): { team: string; pipeline: string };
  job(named?: string): { team: string; pipeline: string; job: string };
  /** With `--json` the value, else the lines. */
  print(value: unknown, lines: () => readonly string[]): void;
}

/** Does what the command is for; gives the exit code, 0 when it gives none. */
export type RemoteRun<Options extends RemoteOptions> = (
  remote: Remote<Options>,
  ...args: string[]
) => Promise<number | undefined>;

/** Adds the common options and runs `run` with a client. `names`: whether `-p`, or `-p` and `-j`, belong to the command. */
export function remoteCommand<Options extends RemoteOptions = RemoteOptions>(
  command: Command,
  context: CommandContext,
  names: 'none' | 'pipeline' | 'job',
  run: RemoteRun<Options>,
): Command {
  if (names !== 'none') command.option('-p, --pipeline <name>', 'the pipeline');
  if (names === 'job') command.option('-j, --job <name>', 'the job');
  return command
    .option('--team <name>', 'the team', 'main')
    .option('--url <url>', 'the server (PIKOCI_URL; default: the one that runs on this machine)')
    .option('--json', 'for machines')
    .action(async (...all: unknown[]) => {
      // Commander gives the arguments, then the options, then the command.
      const given = all.slice(0, -2);
      const options = command.opts() as Options;
      checkNames(given, options);
      const args = given.map((arg) => (typeof arg === 'string' ? arg : ''));
      const client = await connect(options.url, context);
      context.exit((await withDiagnostics(context, () => run(remoteOf(client, options, context), ...args))) ?? 0);
    });
}

/** What a shell's unset variable leaves behind is nobody's pipeline, and never stands for another one. Throws `usage.bad_value`. */
function checkNames(args: readonly unknown[], { pipeline, job, team, url }: RemoteOptions): void {
  const named = { '--pipeline': pipeline, '--job': job, '--team': team, '--url': url };
  const empty = args.includes('') ? 'an argument' : Object.entries(named).find(([, value]) => value === '')?.[0];
  if (empty === undefined) return;
  throw new CodedError('usage.bad_value', `${empty} is empty`, { hint: 'is a variable of your shell not set?' });
}

function remoteOf<Options extends RemoteOptions>(
  client: Client,
  options: Options,
  context: CommandContext,
): Remote<Options> {
  const pipeline = (): { team: string; pipeline: string } => ({
    team: options.team,
    pipeline: given(options.pipeline, 'which pipeline?', 'name it with -p PIPELINE'),
  });
  return {
    client,
    options,
    context,
    style: createStyle(wantsColor(context.stdout.isTTY === true, context.env)),
    pipeline,
    job: (named) => ({
      ...pipeline(),
      job: given(named === '' ? options.job : (named ?? options.job), 'which job?', 'name it with -j JOB'),
    }),
    print(value, lines) {
      const text = options.json === true ? JSON.stringify(value, null, 2) : lines().join('\n');
      if (text !== '') context.stdout.write(`${text}\n`);
    },
  };
}

export function given(value: string | undefined, question: string, hint: string): string {
  if (value !== undefined && value !== '') return value;
  throw new CodedError('usage.missing', question, { hint });
}

/** A pipeline's mistakes are shown in full before the line that says there are some. */
async function withDiagnostics<T>(context: CommandContext, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof ApiError && error.rendered !== undefined) context.stderr.write(`${error.rendered}\n`);
    throw error;
  }
}
