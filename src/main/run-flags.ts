import type { Flags } from './flags.ts';

/** What `pikoci run` can be told. */
export const runFlags = {
  pipelineConfig: { kind: 'text', fallback: 'pipeline.hcl', placeholder: 'file', doc: 'the pipeline' },
  job: { kind: 'list', placeholder: 'name', doc: 'a job to run; may be left out when there is one' },
  all: { kind: 'switch', fallback: false, doc: 'run every job, each after those it waits for' },
  from: {
    kind: 'text',
    placeholder: 'step',
    doc: 'begin at this step of the job; what is fetched before it is fetched all the same',
  },
  watch: {
    kind: 'switch',
    fallback: false,
    doc: 'run again whenever a file of the pipeline or of a --resource changes',
  },
  dryRun: { kind: 'switch', fallback: false, doc: 'say what would run, and run nothing' },
  json: { kind: 'switch', fallback: false, doc: 'with --dry-run: for machines' },
  report: { kind: 'list', placeholder: 'junit|json=file', doc: 'write how each step went to a file' },
  var: { kind: 'list', placeholder: 'name=value', doc: 'a variable; name=@file reads it from a file' },
  vars: { kind: 'list', placeholder: 'file', doc: 'variables from a JSON, YAML or HCL file' },
  secrets: {
    kind: 'text',
    placeholder: 'file',
    doc: 'secrets from a JSON, YAML or HCL file instead of their stores, by variable or by path',
  },
  resource: {
    kind: 'list',
    placeholder: 'type.name=directory',
    doc: 'use a directory, as it lies there, for a resource',
  },
  input: {
    kind: 'list',
    placeholder: 'name=value',
    doc: 'an input of the job; name=@file reads it from a file',
  },
  approve: { kind: 'switch', fallback: false, doc: 'give the approvals that the job asks for' },
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

/** `pikoci run`, as it was told to. */
export type RunSettings = import('./flags.ts').FlagValues<typeof runFlags>;
