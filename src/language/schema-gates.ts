/** The schema of what a job says of its builds besides their steps: what they are given, who approves them, how long they are kept. */
import type { BlockSchema, BodySchema, JobBody } from './schema.ts';

export const GATE_BLOCKS: Readonly<Record<'inputs' | 'approve' | 'retain', BlockSchema>> = {
  inputs: {
    doc: 'What is given by whoever starts it by hand: a form on its page, `--input name=value` on the command line. Expressions know `input.NAME`, commands `INPUT_NAME`.',
    labels: [],
    body: 'inputs',
    inside: '\n  ${1:name} {\n    $0\n  }\n',
  },
  approve: {
    doc: 'A gate of the whole job: a build waits, costing no worker, until so many people agreed. Of several all are needed.',
    labels: ['name'],
    body: 'approve',
    inside: '$0',
  },
  retain: {
    doc: 'How many of its builds are kept, and for how long.',
    labels: [],
    body: 'retain',
    inside: '\n  builds = ${1:50}\n',
  },
};

export const GATE_BODIES: Readonly<Record<Extract<JobBody, 'inputs' | 'input' | 'approve' | 'retain'>, BodySchema>> = {
  inputs: {
    attributes: {},
    blocks: {},
    anyBlock: { doc: 'An input, by its name.', labels: [], body: 'input', inside: '\n  $0\n' },
  },
  input: {
    attributes: {
      type: {
        doc: 'What it is: `string`, `number`, `bool` or `list(string)`. Unless given, what its default is; else a text.',
        value: { kind: 'type' },
      },
      description: { doc: 'What it is for, beside it in the form.', value: { kind: 'text' } },
      default: { doc: 'What it is when nobody gives it. Without one it is null.', value: { kind: 'any' } },
      options: { doc: 'What may be given; of a list, what may be in it.', value: { kind: 'any' } },
      required: { doc: 'A build cannot be started without it.', value: { kind: 'flag' } },
      sensitive: {
        doc: 'It is kept encrypted and masked in logs, and only commands see it that are given `input.NAME`.',
        value: { kind: 'flag' },
      },
    },
    blocks: {},
  },
  approve: {
    attributes: {
      approvals: { doc: 'How many people have to agree; 1 unless given.', value: { kind: 'number' } },
      timeout: { doc: 'For how long they are asked; then the build is cancelled.', value: { kind: 'duration' } },
      message: { doc: 'What they are asked.', value: { kind: 'text' } },
    },
    blocks: {},
  },
  retain: {
    attributes: {
      builds: { doc: 'How many of its builds are kept.', value: { kind: 'number' } },
      days: { doc: 'For how many days after their end they are kept.', value: { kind: 'number' } },
    },
    blocks: {},
  },
};
