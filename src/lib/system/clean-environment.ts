/**
 * The environment a job, a worker or any other program we start may see: what programs need to find their way, how to reach
 * the network, and what the operator names with `--pass-env`. Nothing else of ours: no token, no key, no editor's leftovers.
 */

type Environment = Readonly<Record<string, string | undefined>>;

const NEEDED = ['PATH', 'HOME', 'LANG', 'TERM', 'TMPDIR'];
const PROXIES = ['http_proxy', 'https_proxy', 'ftp_proxy', 'all_proxy', 'no_proxy'];
const ALWAYS = [...NEEDED, ...PROXIES, ...PROXIES.map((name) => name.toUpperCase())];

/** Where programs are when nobody says, as for a shell that starts without a PATH. */
const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** What is passed on of `from`; without a PATH, the usual one. Names in `passEnv` that are not set are left out. */
export function cleanEnvironment(from: Environment, passEnv: readonly string[] = []): Record<string, string> {
  const names = new Set([...ALWAYS, ...passEnv]);
  const path = from.PATH === undefined || from.PATH === '' ? { PATH: DEFAULT_PATH } : {};
  return withoutRuntimeVariables({
    ...Object.fromEntries([...names].flatMap((name) => (from[name] === undefined ? [] : [[name, from[name]]]))),
    ...path,
  });
}

/** Drops `BUN_*`: our own executable obeys some of them, so a pipeline's step could steer a pikoci it calls. */
export function withoutRuntimeVariables(env: Environment): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    if (value !== undefined && !name.startsWith('BUN_')) kept[name] = value;
  }
  return kept;
}
