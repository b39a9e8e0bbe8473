/** One service of a build, as its three commands find it again: they share their parameters, what `start` told, and a directory. */
import { createHash, randomBytes } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import { z } from 'zod';
import { CodedError } from '../../lib/coded-error.ts';
import { type CommandEnv, param } from '../builtin-command.ts';
import type { Login, ServiceFacts } from './service-facts.ts';

export type ServiceMode = 'auto' | 'container' | 'process';

/** Where a service is found again; what it was given does not matter for that. */
export interface ServicePlace {
  readonly facts: ServiceFacts;
  /** Of the service in its job; in a container it answers to that. */
  readonly name: string;
  readonly container: string;
  /** Outside of `WORKDIR`: the account that a server runs as may not be able to go there. */
  readonly directory: string;
  readonly workdir: string;
}

export interface ServiceServer extends ServicePlace {
  readonly version: string | undefined;
  /** 0: any that is free. */
  readonly port: number;
  readonly image: string;
  readonly args: readonly string[];
  readonly mode: ServiceMode;
  readonly login: Login;
  /** The build's network, which the engine has made where docker works. */
  readonly network: string | undefined;
}

const MODES: readonly ServiceMode[] = ['auto', 'container', 'process'];

export function findPlace(facts: ServiceFacts, env: CommandEnv): ServicePlace {
  const workdir = env.WORKDIR || process.cwd();
  const name = env.SERVICE_NAME || facts.name;
  const id = createHash('sha256').update(`${workdir}\0${name}`).digest('hex').slice(0, 16);
  const [container, directory] = [`pikoci-${facts.name}-${id}`, `/tmp/pikoci-${facts.name}-${id}`];
  return { facts, name, container, directory, workdir };
}

/** Throws `bad_parameter`. */
export function readServer(facts: ServiceFacts, env: CommandEnv): ServiceServer {
  const version = param(env, 'version');
  if (version !== undefined && !/^[A-Za-z0-9_][A-Za-z0-9_.-]*$/.test(version)) {
    throw bad('version', version, `a tag of the image, such as "${facts.tag}"`);
  }
  const mode = param(env, 'mode') ?? 'auto';
  const known = MODES.find((candidate) => candidate === mode);
  if (known === undefined) throw bad('mode', mode, MODES.map((candidate) => `"${candidate}"`).join(', '));
  return {
    ...findPlace(facts, env),
    version,
    port: readPort(env),
    image: imageOf(facts, param(env, 'image'), version),
    args: readArgs(env),
    mode: known,
    login: readLogin(facts, env),
    network: env.PIKOCI_NETWORK || undefined,
  };
}

/** The same with a password made up, if none was given: it is masked from now on. */
export function withPassword(server: ServiceServer, env: CommandEnv): ServiceServer {
  if (server.facts.secret === undefined || server.login.password !== undefined) return server;
  // Letters and digits only: it must survive in URLs, scripts and the settings of any server.
  const password = randomBytes(24).toString('base64').replace(/[+/=]/g, 'x');
  if (env.PIKOCI_MASK) appendFileSync(env.PIKOCI_MASK, `${password}\n`);
  return { ...server, login: { ...server.login, password } };
}

function readPort(env: CommandEnv): number {
  const text = param(env, 'port') ?? '0';
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535) throw bad('port', text, 'a number from 0 to 65535; 0 takes a free one');
  return port;
}

const listOfTexts = z.array(z.union([z.string(), z.number()]).transform(String));

/** A list is JSON in the environment. */
function readArgs(env: CommandEnv): readonly string[] {
  const text = param(env, 'args');
  if (text === undefined) return [];
  const parsed = listOfTexts.safeParse(parseJson(text));
  if (!parsed.success) throw bad('args', text, 'a list of texts: ["--flag", "value"]');
  return parsed.data;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** What `start` told (`service_…`) goes before the parameters: it made up what was not given. */
function readLogin({ secret, defaults }: ServiceFacts, env: CommandEnv): Login {
  const read = (name: string): string | undefined => env[`service_${name}`] || param(env, name);
  const login = {
    user: read('user') ?? defaults.user,
    password: secret === undefined ? undefined : read(secret),
    database: read('database') ?? defaults.database,
  };
  for (const [name, value] of Object.entries(login)) {
    if (value !== undefined && /[\r\n\0]/.test(value)) {
      throw new CodedError(
        'bad_parameter',
        `"${name}" of ${env.SERVICE_NAME ?? 'the service'} has a line break in it.`,
      );
    }
  }
  return login;
}

/** `image` may name a tag or a digest; one that does not takes `version` as its tag. */
function imageOf(facts: ServiceFacts, image: string | undefined, version: string | undefined): string {
  if (image === undefined) return `${facts.image}:${version ?? facts.tag}`;
  if (image.startsWith('-')) throw bad('image', image, 'the name of an image');
  const last = image.slice(image.lastIndexOf('/') + 1);
  return /[:@]/.test(last) ? image : `${image}:${version ?? facts.tag}`;
}

function bad(name: string, value: string, wanted: string): CodedError {
  return new CodedError('bad_parameter', `"${name}" is ${wanted}; not ${JSON.stringify(value)}.`);
}
