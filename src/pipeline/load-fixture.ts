/** For tests of the loader: a pipeline from its text, with a few small types that stand for the built-in ones. */
import type { Json } from '../lib/json.ts';
import { loadPipeline } from './load.ts';
import type { LoadResult } from './load-request.ts';
import type { Pipeline } from './model.ts';
import { type Builtins, noFetching, type SourceLoader } from './source.ts';

const TEXTS: Readonly<Record<string, string>> = {
  'runner_type exec':
    'runner_type "exec" {\n required = ["path"]\n run {\n path = "$path"\n args = ["$args"]\n dir = "$dir"\n }\n}',
  'runner_type shell':
    'runner_type "shell" {\n required = ["cmd"]\n defaults = { shell = "/bin/sh" }\n run {\n path = "$shell"\n args = ["-ec", "$cmd"]\n }\n}',
  'runner_type docker':
    'runner_type "docker" {\n required = ["image"]\n workdir = "/workdir"\n run {\n path = "docker"\n args = ["run", "$env", "$args", "$image", "/bin/sh", "-ec", "$cmd"]\n }\n}',
  'resource_type git':
    'resource_type "git" {\n params = ["url", "branch", "token"]\n required = ["url"]\n cache = true\n check "exec" { path = "check" }\n pull "exec" { path = "pull" }\n push "exec" { path = "push" }\n}',
  'resource_type cron': 'resource_type "cron" {\n params = []\n check "exec" { path = "date" }\n}',
  'service_type postgresql':
    'service_type "postgresql" {\n params = ["version", "password"]\n defaults = { version = "17" }\n start "exec" { path = "start" }\n ready_check "exec" {\n path = "ready"\n timeout = "2m"\n }\n stop "exec" { path = "stop" }\n}',
  'secret_type vault':
    'secret_type "vault" {\n params = ["path", "key", "address", "token"]\n required = ["path"]\n get "exec" { path = "get" }\n}',
  'notification_type slack':
    'notification_type "slack" {\n params = ["url"]\n required = ["url"]\n notify "exec" { path = "notify" }\n}',
};

const builtins: Builtins = {
  find: (kind, name) => {
    const text = TEXTS[`${kind} ${name}`];
    return text === undefined ? undefined : { name, file: `pikoci://${name}`, text };
  },
  names: (kind) =>
    Object.keys(TEXTS)
      .filter((key) => key.startsWith(`${kind} `))
      .map((key) => key.slice(kind.length + 1)),
};

export interface LoadTextOptions {
  readonly variables?: Readonly<Record<string, Json>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly files?: Readonly<Record<string, string>>;
  readonly sources?: SourceLoader;
  readonly registryUrl?: string;
  readonly lock?: 'enforce' | 'extend';
}

export function loadText(text: string, options: LoadTextOptions = {}): Promise<LoadResult> {
  return loadPipeline({
    bundle: { main: 'p.hcl', files: { 'p.hcl': text, ...options.files } },
    variables: options.variables ?? {},
    env: options.env ?? {},
    sources: options.sources ?? noFetching,
    builtins,
    registryUrl: options.registryUrl,
    lock: options.lock ?? 'enforce',
  });
}

/** For a text that must load; warnings are allowed. */
export async function loadGood(text: string, options: LoadTextOptions = {}): Promise<Pipeline> {
  const { pipeline, diagnostics } = await loadText(text, options);
  if (pipeline !== undefined) return pipeline;
  throw new Error(diagnostics.map(({ code, detail }) => `${code}: ${detail}`).join('\n'));
}

/** `12 unknown-attribute (trigger)`: line, code and suggestion of each message, in order; `w` before a warning. */
export async function messagesOf(text: string, options: LoadTextOptions = {}): Promise<string[]> {
  const { diagnostics } = await loadText(text, options);
  return diagnostics.map(({ severity, subject, code, suggestion }) => {
    const mark = severity === 'warning' ? 'w' : '';
    return `${mark}${subject?.start.line ?? 0} ${code}${suggestion === undefined ? '' : ` (${suggestion})`}`;
  });
}
