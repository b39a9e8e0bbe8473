/** The schema of types: what a pipeline defines for itself, or takes from a source. */
import type { SourceKind } from '../pipeline/source.ts';
import type { AttributeSchema, BlockSchema, BodyName, BodySchema, TypeBody } from './schema.ts';

function typeBlock(kind: SourceKind, doc: string): BlockSchema {
  return {
    doc: `${doc} Built-in ones need no declaration; one in the file wins over a built-in of its name.`,
    labels: ['name'],
    body: kind,
    inside: '\n  $0\n',
  };
}

export const TYPE_BLOCKS: Readonly<Record<SourceKind, BlockSchema>> = {
  resource_type: typeBlock('resource_type', 'How a kind of resource is checked, pulled and pushed.'),
  runner_type: typeBlock('runner_type', 'Where commands run: on the worker, in a container, anywhere.'),
  service_type: typeBlock('service_type', 'How a kind of service is started, asked whether it is ready, and stopped.'),
  secret_type: typeBlock('secret_type', 'Where secrets are fetched from.'),
  notification_type: typeBlock('notification_type', 'How somebody is told.'),
};

const COMMON: Readonly<Record<string, AttributeSchema>> = {
  source: {
    doc: 'Where its text is: `pikoci://NAME` (a built-in), `https://…`, or a path relative to this file.',
    value: { kind: 'source' },
  },
  sha256: { doc: 'Pins the text of the source by its SHA-256.', value: { kind: 'text' } },
  description: { doc: 'What it is, in a sentence.', value: { kind: 'text' } },
  params: { doc: 'The parameters that may be given; any other is a mistake.', value: { kind: 'texts' } },
  required: {
    doc: 'Those that must be given; `"cmd|file"` asks for one of the two.',
    value: { kind: 'texts' },
  },
  defaults: { doc: 'Values for those not given: `{ branch = "main" }`.', value: { kind: 'map' } },
};

const THROUGH: BlockSchema = {
  doc: 'All its commands run through this runner.',
  labels: ['runner type'],
  body: 'command',
  inside: '\n  $0\n',
};

const command = (doc: string): BlockSchema => ({
  doc: `${doc} It is labelled with the runner that runs it.`,
  labels: ['runner type'],
  body: 'command',
  inside: '\n  $0\n',
});

const template = (doc: string, body: BodyName = 'template'): BlockSchema => ({
  doc,
  labels: [],
  body,
  inside: '\n  path = "$0"\n',
});

const TEMPLATE: Readonly<Record<string, AttributeSchema>> = {
  path: { doc: 'The program to start.', value: { kind: 'text' } },
  args: { doc: 'Its arguments.', value: { kind: 'texts' } },
  dir: { doc: 'Where it starts; the directory of the build, unless given.', value: { kind: 'text' } },
  env: { doc: 'What the program alone is told by the environment, secrets too.', value: { kind: 'map' } },
};

/** Of all but runners, whose parameters are what their commands mention. */
const CHECKED: Readonly<Record<string, AttributeSchema>> = {
  ...COMMON,
  values: {
    doc: 'What a parameter may be: `{ mode = "container|process", port = "0..65535" }`. Another value is a mistake.',
    value: { kind: 'map' },
  },
};

/** Types of resources and notifications have steps of their own. */
const STEP_PARAMS: Readonly<Record<string, AttributeSchema>> = {
  step_params: {
    doc: 'What a `put` or `notify` step may say; any other is a mistake. Without it a step may say anything.',
    value: { kind: 'texts' },
  },
};

export const TYPE_BODIES: Readonly<Record<TypeBody, BodySchema>> = {
  resource_type: {
    attributes: {
      ...CHECKED,
      ...STEP_PARAMS,
      cache: { doc: 'Its commands get a directory that is kept, `CACHE_DIR`.', value: { kind: 'flag' } },
    },
    blocks: {
      runner: THROUGH,
      check: command('Finds versions: it prints a JSON array of them, oldest first.'),
      pull: command('Fetches the version that `version_<key>` says into the current directory.'),
      push: command('Pushes, and prints the version it pushed on its last line.'),
    },
  },
  runner_type: {
    attributes: {
      ...COMMON,
      workdir: { doc: 'Where the directory of the build appears inside.', value: { kind: 'text' } },
      error_exit_codes: {
        doc: 'Exit codes by which its program says that it could not run the command: the step is then an error, not a failure.',
        value: { kind: 'any' },
      },
    },
    blocks: {
      runner: THROUGH,
      run: template(
        'The command that is started. `$name` in it stands for a parameter, `$WORKDIR` for the directory.',
        'run_template',
      ),
      prepare: template('Runs before the first command.'),
      cancel: template('Stops a command that is cancelled.'),
      cleanup: template('Runs after a command, however it ended.'),
    },
  },
  service_type: {
    attributes: CHECKED,
    blocks: {
      runner: THROUGH,
      start: command('Starts the service. What it leaves running belongs to the service.'),
      ready_check: {
        doc: 'Succeeds once the service can be used; tried until then. It is labelled with the runner that runs it.',
        labels: ['runner type'],
        body: 'ready_check',
        inside: '\n  $0\n',
      },
      stop: command('Stops the service.'),
    },
  },
  secret_type: {
    attributes: CHECKED,
    blocks: {
      runner: THROUGH,
      get: command('Fetches a secret: it prints a JSON object on its last line.'),
    },
    parameters: 'of itself',
  },
  notification_type: {
    attributes: { ...CHECKED, ...STEP_PARAMS },
    blocks: { runner: THROUGH, notify: command('Tells somebody: `NOTIFY_MESSAGE` is what to say.') },
  },
  command: { attributes: {}, blocks: {}, parameters: 'of its type' },
  ready_check: {
    attributes: {
      interval: { doc: 'How long to wait between two tries; `"1s"` unless given.', value: { kind: 'duration' } },
      timeout: { doc: 'How long to try at most; `"60s"` unless given.', value: { kind: 'duration' } },
    },
    blocks: {},
    parameters: 'of its type',
  },
  template: { attributes: TEMPLATE, blocks: {} },
  run_template: {
    attributes: {
      ...TEMPLATE,
      memory: { doc: 'How much memory it may take with all that it starts: `"$memory"`.', value: { kind: 'text' } },
      cpus: { doc: 'How many processors it may take: `"$cpus"`.', value: { kind: 'text' } },
      pids: { doc: 'How many processes and threads it may have: `"$pids"`.', value: { kind: 'text' } },
    },
    blocks: {},
  },
};
