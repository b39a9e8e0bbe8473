import type { Flags } from './flags.ts';

/** What `pikoci run` can be told. */
export const runFlags = {
  pipelineConfig: { kind: 'text', fallback: 'pipeline.hcl', placeholder: 'file', doc: 'the pipeline' },
  job: { kind: 'text', placeholder: 'name', doc: 'the job to run; may be left out when there is one' },
  var: { kind: 'list', placeholder: 'name=value', doc: 'a variable; name=@file reads it from a file' },
  vars: { kind: 'list', placeholder: 'file', doc: 'variables from a JSON, YAML or HCL file' },
  resource: {
    kind: 'list',
    placeholder: 'type.name=directory',
    doc: 'use a directory, as it lies there, for a resource',
  },
  allowPut: {
    kind: 'switch',
    fallback: false,
    doc: 'really do what put steps do; otherwise they are shown and left out',
  },
  registryUrl: {
    kind: 'text',
    placeholder: 'url',
    doc: 'where pikoci://NAME is looked for when it is not built in',
  },
  passEnv: { kind: 'list', placeholder: 'name', doc: 'variables of the environment that commands see' },
  keep: { kind: 'switch', fallback: false, doc: 'leave the work directory behind, and say where it is' },
} as const satisfies Flags;
