/**
 * A remote repository, and how git reaches it: nothing secret on a command line or in `.git/config`, nothing of the pipeline's in the place of an
 * option, no protocol but those people mean.
 */
import { CodedError } from '../../lib/coded-error.ts';
import { shellQuote } from '../../pipeline/expand-command.ts';
import { type CommandEnv, param } from '../builtin-command.ts';
import { keyFile } from '../key-file.ts';
import { type ProgramResult, runProgram } from '../run-program.ts';
import { sshOptions } from '../ssh/ssh-options.ts';

export interface GitRemote {
  /** Without user and password; those go the way of the token. */
  readonly url: string;
  /** The branch asked for; undefined means the remote's own default. */
  readonly branch: string | undefined;
  /** Runs git and gives its result; `cwd` or `--git-dir` are the caller's. */
  readonly git: (
    args: readonly string[],
    options?: { cwd?: string; onStderr?: (text: string) => void },
  ) => Promise<ProgramResult>;
  /** The same, throwing `git_failed` unless it ended with 0; gives what it printed, without the last newline. */
  readonly need: (args: readonly string[], what: string, options?: { cwd?: string }) => Promise<string>;
  readonly [Symbol.dispose]: () => void;
}

const SAFE_ENV = ['PATH', 'HOME', 'LANG', 'TMPDIR', 'SSH_AUTH_SOCK', 'SSL_CERT_FILE', 'SSL_CERT_DIR', 'GIT_SSL_CAINFO'];
const PROXY_ENV = ['http_proxy', 'https_proxy', 'no_proxy', 'all_proxy'];

/** Reads `param_url`, `param_branch` and the credentials. Dispose it: a private key lies in a temporary file until then. */
export function openRemote(env: CommandEnv): GitRemote {
  const { url, user, password } = splitUrl(param(env, 'url'));
  const branch = param(env, 'branch');
  if (branch !== undefined) checkRefName(branch, 'branch');
  const settings: [string, string][] = [
    // A server that sends nothing for a minute hangs.
    ['http.lowSpeedLimit', '1'],
    ['http.lowSpeedTime', '60'],
    ['gc.auto', '0'],
    ['advice.detachedHead', 'false'],
    ['init.defaultBranch', 'main'],
    ['core.hooksPath', '/dev/null'],
  ];
  const token = param(env, 'token') ?? password;
  /** Then nothing of it is for the submodules that a stranger may have named. */
  const isForOne = param(env, 'token_scope') === 'repository';
  if (token !== undefined && /^https?:/.test(url)) {
    const name = param(env, 'username') ?? user ?? 'x-access-token';
    const credentials = Buffer.from(`${name}:${token}`).toString('base64');
    const goesTo = isForOne ? url.replace(/\/+$/, '') : `${new URL(url).origin}/`;
    settings.push([`http.${goesTo}.extraHeader`, `Authorization: Basic ${credentials}`]);
  }
  const key = keyFile(param(env, 'private_key'));
  const authority = keyFile(param(env, 'ca_cert'));
  const knownHosts = keyFile(param(env, 'known_hosts'));
  const gitEnv: Record<string, string | undefined> = {
    ...Object.fromEntries(passedOn(env)),
    GIT_TERMINAL_PROMPT: '0',
    GIT_ASKPASS: '/bin/false',
    GIT_ALLOW_PROTOCOL: isForOne ? 'http:https:ssh:git' : 'http:https:ssh:git:file',
    GIT_SSH_COMMAND: sshCommand(key?.file, knownHosts?.file),
    ...(authority !== undefined && { GIT_SSL_CAINFO: authority.file }),
    GIT_CONFIG_COUNT: String(settings.length),
    ...Object.fromEntries(
      settings.flatMap(([name, value], at) => [
        [`GIT_CONFIG_KEY_${at}`, name],
        [`GIT_CONFIG_VALUE_${at}`, value],
      ]),
    ),
  };
  const git: GitRemote['git'] = (args, options = {}) => runProgram('git', args, { env: gitEnv, ...options });
  return {
    url,
    branch,
    git,
    need: async (args, what, options = {}) => {
      const result = await git(args, options);
      if (result.exitCode === 0) return result.stdout.replace(/\n$/, '');
      throw gitFailed(what, result);
    },
    [Symbol.dispose]() {
      for (const file of [key, authority, knownHosts]) file?.[Symbol.dispose]();
    },
  };
}

export function gitFailed(what: string, result: ProgramResult): CodedError {
  const said = result.stderr
    .trim()
    .split('\n')
    .filter((line) => line !== '')
    .slice(-8)
    .join('\n');
  const login =
    /could not read Username|Authentication failed|terminal prompts disabled|403|401|Permission denied/i.test(said);
  const isStranger = /Host key verification failed|REMOTE HOST IDENTIFICATION/i.test(said);
  const hint = isStranger
    ? 'The server showed another key than the one that is known. If it has a new one, tell it with "known_hosts"; without that parameter, in the file of that name on the worker.'
    : login
      ? 'The repository wants a login: give the resource a "token" (https) or a "private_key" (ssh).'
      : undefined;
  return new CodedError(
    'git_failed',
    `${what} failed:\n${said || `git ended with ${result.exitCode}`}`,
    hint === undefined ? {} : { hint },
  );
}

/** A branch or tag name that git takes as one, and never as an option or a range. */
export function checkRefName(name: string, what: string): void {
  const bad =
    name.startsWith('-') ||
    name.startsWith('/') ||
    name.endsWith('/') ||
    name.endsWith('.') ||
    name.endsWith('.lock') ||
    name === '@' ||
    name.split('/').some((part) => part === '' || part.startsWith('.')) ||
    /\.\.|@\{|[\s~^:?*[\\]/.test(name) ||
    [...name].some((char) => (char.codePointAt(0) ?? 0) < 32 || char === '\x7f');
  if (bad) throw new CodedError('bad_ref_name', `${JSON.stringify(name)} is no name of a ${what}.`);
}

/** The full id of a commit, as versions have it. */
export function checkCommit(ref: string | undefined): string {
  if (ref !== undefined && /^[0-9a-f]{40}([0-9a-f]{24})?$/.test(ref)) return ref;
  throw new CodedError(
    'bad_version',
    `The version's "ref" is ${JSON.stringify(ref ?? null)}, which is no full commit id.`,
  );
}

/** `https://user:password@host/…`: git would write the password into `.git/config`. */
function splitUrl(text: string | undefined): { url: string; user?: string; password?: string } {
  if (text === undefined) throw new CodedError('parameter_missing', 'The git resource needs the parameter "url".');
  if (text.startsWith('-') || /[\n\r\0]/.test(text) || /^[a-z0-9]+::/i.test(text)) {
    throw new CodedError('bad_url', 'The "url" of the git resource is not one git may be given.', {
      hint: 'Write https://…, ssh://…, git@host:path, file://… or a path.',
    });
  }
  if (!/^https?:\/\//.test(text)) return { url: text };
  if (!URL.canParse(text)) throw new CodedError('bad_url', 'The "url" of the git resource is no address.');
  const url = new URL(text);
  const [user, password] = [decodeURIComponent(url.username), decodeURIComponent(url.password)];
  url.username = '';
  url.password = '';
  return { url: url.href, ...(user !== '' && { user }), ...(password !== '' && { password }) };
}

function passedOn(env: CommandEnv): [string, string | undefined][] {
  const names = [...SAFE_ENV, ...PROXY_ENV, ...PROXY_ENV.map((name) => name.toUpperCase())];
  return names.filter((name) => env[name] !== undefined).map((name) => [name, env[name]]);
}

function sshCommand(keyFile: string | undefined, knownHostsFile: string | undefined): string {
  return ['ssh', ...sshOptions(keyFile, knownHostsFile)].map(shellQuote).join(' ');
}
