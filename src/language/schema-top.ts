/** The schema of what stands at the top of a pipeline, but jobs and types. */
import type { AttributeSchema, BodySchema, TopBody } from './schema.ts';
import { TYPE_BLOCKS } from './schema-types.ts';

/** Of a resource, a secret, a notification: its parameters, in a block or as a map. */
const PARAMS_DOC = 'The parameters of its type.';

export const PARAMS_ATTRIBUTE: AttributeSchema = { doc: PARAMS_DOC, value: { kind: 'map' } };
export const PARAMS_BLOCK = { doc: PARAMS_DOC, labels: [], body: 'params', inside: '\n  $0\n' } as const;

export const TOP_BODIES: Readonly<Record<TopBody, BodySchema>> = {
  pipeline: {
    attributes: {},
    blocks: {
      variable: {
        doc: 'A value from outside. Expressions call it `var.NAME`.',
        labels: ['name'],
        body: 'variable',
        inside: '\n  $0\n',
      },
      locals: {
        doc: 'Names for expressions: `local.NAME`. They may use each other, in any order.',
        labels: [],
        body: 'locals',
        inside: '\n  ${1:name} = $0\n',
      },
      resource: {
        doc: 'Something that is watched for new versions, which jobs get, and to which they put.',
        labels: ['resource type', 'name'],
        body: 'resource',
        inside: '\n  params {\n    $0\n  }\n',
      },
      job: {
        doc: 'What runs: steps in the order of the file.',
        labels: ['name'],
        body: 'job',
        inside: '\n  $0\n',
      },
      notification: {
        doc: 'Whom to tell, and of what: what a `notify` step starts from. With `on` it follows jobs by itself.',
        labels: ['notification type', 'name'],
        body: 'notification',
        inside: '\n  params {\n    $0\n  }\n',
      },
      module: {
        doc: 'Brings in what another file or address declares, with `NAME--` before each name. Expressions call its outputs `module.NAME.OUTPUT`.',
        labels: ['name'],
        body: 'module',
        inside: '\n  source = "$0"\n',
      },
      output: {
        doc: 'What a pipeline that is used as a module gives its caller: `module.NAME.OUTPUT`.',
        labels: ['name'],
        body: 'output',
        inside: '\n  value = $0\n',
      },
      ...TYPE_BLOCKS,
    },
  },
  module: {
    attributes: {
      source: {
        doc: 'Where its text is: `https://…`, or a path relative to this file.',
        value: { kind: 'source' },
      },
      sha256: { doc: 'Pins the text of the source by its SHA-256.', value: { kind: 'text' } },
      for_each: { doc: 'One instance for each key of a set or map.', value: { kind: 'any' } },
    },
    blocks: {},
    parameters: 'anything',
  },
  output: {
    attributes: {
      value: { doc: 'What it is; it may use variables, locals and modules.', value: { kind: 'any' } },
      description: { doc: 'What it is for, in a sentence.', value: { kind: 'text' } },
    },
    blocks: {},
  },
  variable: {
    attributes: {
      type: {
        doc: 'What kind of value it is: `string`, `number`, `bool`, `list(string)`, `map(number)`, `object({ name = string })`….',
        value: { kind: 'type' },
      },
      default: { doc: 'The value when none is given.', value: { kind: 'any' } },
      description: { doc: 'What it is for, in a sentence.', value: { kind: 'text' } },
      sensitive: {
        doc: 'Its value is kept encrypted, masked in logs, and never shown.',
        value: { kind: 'flag' },
      },
    },
    blocks: {
      secret: {
        doc: 'Where the value is fetched from, on the worker, just before the step that uses it.',
        labels: ['secret type'],
        body: 'secret',
        inside: '\n  path = "$1"\n  key  = "$2"\n',
      },
    },
  },
  locals: { attributes: {}, blocks: {}, parameters: 'anything' },
  secret: {
    attributes: {
      path: { doc: 'Where the secret is.', value: { kind: 'text' } },
      key: { doc: 'Which field of what is found there.', value: { kind: 'text' } },
      params: PARAMS_ATTRIBUTE,
    },
    blocks: { params: PARAMS_BLOCK },
    parameters: 'of its type',
  },
  resource: {
    attributes: {
      params: PARAMS_ATTRIBUTE,
      check_interval: {
        doc: 'When to look for new versions: `"@every 1m"`, `"@hourly"`, or a cron expression such as `"0 3 * * *"`.',
        value: {
          kind: 'choice',
          values: {
            '@every 1m': 'Every minute.',
            '@every 10m': 'Every ten minutes.',
            '@hourly': 'At the full hour.',
            '@daily': 'At midnight.',
            '@weekly': 'On Sunday, at midnight.',
            '@monthly': 'On the first of the month, at midnight.',
            '0 3 * * *': 'A cron expression: at three every night.',
          },
        },
      },
      timezone: {
        doc: 'The time zone that a cron expression is read in; `UTC` unless given.',
        value: { kind: 'text' },
      },
      tags: { doc: 'Its checks run on workers that have all these tags.', value: { kind: 'texts' } },
      cache: {
        doc: 'Its commands get a directory that is kept, `CACHE_DIR`. What the type says, unless given.',
        value: { kind: 'flag' },
      },
      version: { doc: 'Pins one version by its fields: `{ ref = "…" }`.', value: { kind: 'map' } },
    },
    blocks: { params: PARAMS_BLOCK },
  },
  notification: {
    attributes: {
      params: PARAMS_ATTRIBUTE,
      message: { doc: 'What is said, unless a `notify` step says something else.', value: { kind: 'text' } },
      on: {
        doc: 'When it is sent by itself, after each job it is for.',
        value: {
          kind: 'choice',
          list: true,
          values: {
            success: 'The build succeeded.',
            failure: 'A step failed.',
            error: 'Something around the build went wrong: a worker was lost, a program was not there.',
            cancel: 'Somebody cancelled the build.',
            broken: 'It failed or erred, and the build before it had succeeded (or there was none).',
            fixed: 'It succeeded, and the build before it had not.',
            all: 'However it ended.',
          },
        },
      },
      jobs: { doc: 'Only for these jobs; for all, unless given.', value: { kind: 'jobs' } },
      exclude: { doc: 'Not for these jobs.', value: { kind: 'jobs' } },
    },
    blocks: { params: PARAMS_BLOCK },
  },
  params: { attributes: {}, blocks: {}, parameters: 'of the type around' },
  free: { attributes: {}, blocks: {}, parameters: 'anything' },
};
