/** From argv to a command. Each command's module is loaded when it runs. */
import { buffer } from 'node:stream/consumers';
import { Command, CommanderError } from 'commander';
import { defaultCacheDir } from '../lib/system/paths.ts';
import { askHidden } from './ask-hidden.ts';
import { askOnTerminal, isTerminal } from './ask-on-terminal.ts';
import { doctorFlags } from './doctor-flags.ts';
import { declareFlags, type Flags, flagName } from './flags.ts';
import { importFlags } from './import-flags.ts';
import { printError } from './print-error.ts';
import { runFlags } from './run-flags.ts';
import { serverFlags } from './server-flags.ts';
import { createSourceLoader } from './source-loader.ts';
import { VERSION } from './version.ts';
import { workerFlags } from './worker-flags.ts';
import { workerTokenFlags } from './worker-token-flags.ts';

const OVERVIEW = `pikoci: a CI/CD system that starts as one file and grows without a change to a pipeline.

Five things to do:

  pikoci server --pipeline-config pipeline.hcl           a whole CI system, here and now
  pikoci run --pipeline-config pipeline.hcl --job test   one job (or --all) on this machine, without a server
  pikoci validate pipeline.hcl                           is the file right?
  pikoci builds watch -p PIPELINE -j JOB                 follow a build
  pikoci jobs trigger -p PIPELINE -j JOB --watch         run a job on the server, now

pikoci --help lists every command, pikoci <command> --help says more about each.
`;

type Options = Record<string, unknown>;

/** Runs one command. Gives the exit code: 0 it worked, 1 it did not (the build failed, the file is not valid), 2 it was not understood. */
export async function runProgram(argv: readonly string[]): Promise<number> {
  if (argv.length === 0) {
    process.stdout.write(OVERVIEW);
    return 0;
  }
  let code = 0;
  const program = await createProgram((status) => {
    code = status;
  });
  try {
    await program.parseAsync(argv, { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    return printError(error);
  }
}

/** Every command there is. `exit` is told the exit code of the one that ran. */
export async function createProgram(exit: (status: number) => void): Promise<Command> {
  const program = new Command('pikoci')
    .description('A CI/CD system that starts as one file and grows without a change to a pipeline.')
    .version(`pikoci ${VERSION}`, '-V, --version')
    // So that a command may have a --version of its own.
    .enablePositionalOptions()
    .showSuggestionAfterError(true)
    .exitOverride()
    .configureOutput({
      outputError: (text, write) => write(text.replace(/^error: /, 'pikoci: ').replace(/^\(Did/m, '        (Did')),
    });
  const add = (name: string, description: string, example: string): Command =>
    program.command(name).description(description).addHelpText('after', `\nExample:\n  ${example}`);

  const server = add(
    'server',
    'Run the server: pipelines, checks, builds, pages and, unless told otherwise, a worker.',
    'pikoci server --db-system mem --pubsub-system mem --run-worker --pipeline-config pipeline.hcl',
  );
  declareFlags(server, serverFlags);
  server.action(async (options: Options) => {
    exit(await (await import('./server-command.ts')).runServer(options));
  });

  const worker = add(
    'worker',
    'Run a worker: it asks servers for work and does it.',
    'pikoci worker --pikoci-url https://ci.example.com --worker-token-file token --tags gpu',
  );
  declareFlags(worker, workerFlags);
  worker.action(async (options: Options) => {
    exit(await (await import('./worker-command.ts')).runWorkerCommand(options));
  });

  const workerToken = add(
    'worker-token',
    'Make a token for workers on other machines. No server need run.',
    'pikoci worker-token --tags gpu --expires 30d > token',
  );
  declareFlags(workerToken, workerTokenFlags);
  workerToken.action(async (options: Options) => {
    exit(await (await import('./worker-token-command.ts')).makeWorkerToken(options));
  });

  const userPassword = add(
    'user-password',
    'Ask for a password, and print what the file of --users holds of it. No server need run.',
    'pikoci user-password',
  );
  userPassword.action(async () => {
    exit(await (await import('./user-password-command.ts')).printPasswordHash());
  });

  const importData = add(
    'import-data',
    'Take what pikoci export wrote into an empty database, for a server that is started on it afterwards.',
    'pikoci import-data backup.pikoci --passphrase-file passphrase --db-url postgresql://ci@db.example.com/ci',
  );
  importData.argument('<file>', 'what pikoci export wrote');
  declareFlags(importData, importFlags);
  importData.action(async (file: string, options: Options) => {
    exit(await (await import('./import-command.ts')).importData(file, options));
  });

  const doctor = add(
    'doctor',
    'Say whether what a server and its builds need is here and works, and if not, what to do. Changes nothing.',
    'pikoci doctor --db-system postgresql --db-host db --pubsub-system nats',
  );
  declareFlags(doctor, doctorFlags);
  doctor.option('--json', 'for machines');
  doctor.action(async (options: Options) => {
    exit(await (await import('./doctor-command.ts')).runDoctor(options));
  });

  const run = add(
    'run',
    'Run jobs on this machine, without a server.',
    'pikoci run --pipeline-config pipeline.hcl --job test --resource git.my-app=.',
  );
  run.argument('[file]', 'the pipeline; the same as --pipeline-config');
  declareFlags(run, runFlags);
  run.action(async (file: string | undefined, options: Options) => {
    exit(
      await (await import('./run-command.ts')).runJob(
        file === undefined ? options : { ...options, pipelineConfig: file },
      ),
    );
  });

  const { registerFileCommands } = await import('../cli/file-commands.ts');
  const { registerCompletionCommand } = await import('../cli/completion-command.ts');
  const { registerConsoleCommand } = await import('../cli/console-command.ts');
  const { registerFormatCommand } = await import('../cli/format-command.ts');
  const { registerGraphCommand } = await import('../cli/graph-command.ts');
  const { registerImportCommand } = await import('../cli/import-command.ts');
  const { registerInitCommand } = await import('../cli/init-command.ts');
  const { registerLspCommand } = await import('../cli/lsp-command.ts');
  const { builtins } = await import('../builtins/catalogue.ts');
  const { registerRemoteCommands } = await import('../cli/remote-commands.ts');
  const context = {
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    cwd: process.cwd(),
    ask: isTerminal() ? askOnTerminal : undefined,
    askHidden: isTerminal() ? askHidden : undefined,
    readInput: process.stdin.isTTY ? undefined : () => buffer(process.stdin),
    exit,
  };
  // Whoever reads a pipeline on his own machine reaches his own network.
  const sources = createSourceLoader({ allowPrivate: true, cacheDir: defaultCacheDir(process.env, process.cwd()) });
  const ofFiles = { ...context, builtins, sources, version: VERSION };
  registerFileCommands(program, ofFiles);
  registerInitCommand(program, ofFiles);
  registerImportCommand(program, ofFiles);
  registerConsoleCommand(program, {
    ...ofFiles,
    get stdin() {
      return process.stdin;
    },
  });
  const pngAssets = async () => (await import('./png-assets.ts')).pngAssets();
  registerGraphCommand(program, { ...ofFiles, pngAssets });
  registerFormatCommand(program, { ...context, stdin: () => process.stdin });
  registerLspCommand(program, ofFiles);
  registerRemoteCommands(program, context);
  registerCompletionCommand(program, { ...context, choices: choicesOf });

  program
    .command('version')
    .description('Say which version this is.')
    .action(() => {
      process.stdout.write(`pikoci ${VERSION}\n`);
    });

  inherit(program);
  return program;
}

const FLAGS_OF: Readonly<Record<string, Flags>> = {
  server: serverFlags,
  worker: workerFlags,
  'worker-token': workerTokenFlags,
  'import-data': importFlags,
  doctor: doctorFlags,
  run: runFlags,
};

function choicesOf(command: string, wanted: string): readonly string[] {
  const found = Object.entries(FLAGS_OF[command] ?? {}).find(([key]) => flagName(key) === wanted)?.[1];
  if (found?.kind === 'switch') return ['true', 'false'];
  return (found?.kind === 'text' ? found.choices : undefined) ?? [];
}

/** Subcommands answer a wrong flag as the program does. */
function inherit(program: Command): void {
  for (const command of program.commands) {
    command.copyInheritedSettings(program);
    inherit(command);
  }
}
