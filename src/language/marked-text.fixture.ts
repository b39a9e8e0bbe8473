/**
 * Texts with marks, for tests: `‸` is the cursor, `«…»` a place that is meant. Neither is in the text that comes out.
 *
 *     documentAt('job "a" {\n  ‸\n}')
 */
import type { Builtins } from '../pipeline/source.ts';
import { PipelineDocument } from './document.ts';
import type { Span } from './span.ts';

export interface MarkedText {
  readonly text: string;
  /** Of the first cursor; 0 without one. */
  readonly offset: number;
  readonly spans: readonly Span[];
}

export function marked(source: string): MarkedText {
  let text = '';
  let offset = 0;
  const open: number[] = [];
  const spans: Span[] = [];
  for (const character of source) {
    if (character === '‸') offset = text.length;
    else if (character === '«') open.push(text.length);
    else if (character === '»') spans.push({ from: open.pop() ?? 0, to: text.length });
    else text += character;
  }
  return { text, offset, spans: spans.sort((a, b) => a.from - b.from) };
}

/** The text with the spans marked again: what a test compares. */
export function withMarks(text: string, spans: readonly Span[]): string {
  let result = '';
  let at = 0;
  for (const { from, to } of [...spans].sort((a, b) => a.from - b.from)) {
    result += `${text.slice(at, from)}«${text.slice(from, to)}»`;
    at = to;
  }
  return result + text.slice(at);
}

const TEXTS: Readonly<Record<string, string>> = {
  'resource_type git': `# The commits of a branch.
resource_type "git" {
  params = [
    "url", # Where the repository is.
    # Which branch.
    "branch",
    "token",
  ]
  required = ["url"]
  step_params = [
    "branch", # Where to.
    "tag",
  ]
  check "exec" { path = "check" }
  push "exec" { path = "push" }
}`,
  'resource_type cron': 'resource_type "cron" {\n  check "exec" { path = "date" }\n}',
  'runner_type exec':
    'runner_type "exec" {\n  required = ["path"]\n  run {\n    path = "$path"\n    args = ["$args"]\n    dir  = "$dir"\n  }\n}',
  'runner_type shell': `# Gives a script to a shell.
runner_type "shell" {
  params   = ["cmd", "shell"]
  required = ["cmd"]
  defaults = { shell = "/bin/sh" }
  run {
    path = "$shell"
    args = ["-ec", "$cmd"]
  }
}`,
  'service_type postgresql':
    'service_type "postgresql" {\n  params = ["version", "password"]\n  defaults = { version = "17" }\n  start "exec" { path = "start" }\n}',
  'secret_type vault':
    'secret_type "vault" {\n  params = ["path", "key", "address"]\n  required = ["path"]\n  get "exec" { path = "get" }\n}',
  'notification_type slack':
    'notification_type "slack" {\n  params = ["url"]\n  required = ["url"]\n  notify "exec" { path = "notify" }\n}',
};

export const fewBuiltins: Builtins = {
  find: (kind, name) => {
    const text = TEXTS[`${kind} ${name}`];
    return text === undefined ? undefined : { name, file: `pikoci://${name}`, text };
  },
  names: (kind) =>
    Object.keys(TEXTS)
      .filter((key) => key.startsWith(`${kind} `))
      .map((key) => key.slice(kind.length + 1)),
};

export function documentAt(
  source: string,
  sourceText?: (source: string) => string | undefined,
): MarkedText & { readonly document: PipelineDocument } {
  const found = marked(source);
  const request = { file: 'p.hcl', text: found.text, builtins: fewBuiltins };
  const document = new PipelineDocument(sourceText === undefined ? request : { ...request, sourceText });
  return { ...found, document };
}
