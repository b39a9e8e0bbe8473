/** What is particular to one built-in service. Everything else is the same for all of them: start-service.ts, ready-service.ts, stop-service.ts. */
import type { CommandEnv, CommandIo } from '../builtin-command.ts';

export const SERVICE_NAMES = [
  'postgresql',
  'mariadb',
  'mysql',
  'redis',
  'mongodb',
  'nats',
  'rabbitmq',
  'kafka',
  'vault',
  'minio',
] as const;
export type ServiceName = (typeof SERVICE_NAMES)[number];

/** Who may log in. What a service does not have is undefined; a password that was not given has been made up. */
export interface Login {
  readonly user: string | undefined;
  readonly password: string | undefined;
  readonly database: string | undefined;
}

export interface Address {
  readonly host: string;
  readonly port: number;
}

export interface ContainerSpec {
  /** Handed to docker by name, so that no value is on its command line. */
  readonly env: Readonly<Record<string, string>>;
  /** What follows the image; with `entrypoint` its arguments. */
  readonly command: readonly string[];
  readonly entrypoint?: string;
  /** Files that lie in the container before it starts: path to text. */
  readonly files?: Readonly<Record<string, string>>;
}

/** A server that is about to be started as a process. */
export interface ProcessPlace {
  /** Only for this service, writable by the account that it runs as. */
  readonly directory: string;
  readonly port: number;
  readonly login: Login;
  readonly args: readonly string[];
  readonly env: CommandEnv;
  readonly io: CommandIo;
  /** The programs that were found, by name. */
  readonly programs: Readonly<Record<string, string>>;
  /** What the main program says about its version: `8.0.33`. */
  readonly version: string;
  /** Writes a file that only the account of the server can read, and gives its path. */
  write(name: string, text: string): string;
  /** Gives a directory to the account of the server. */
  own(path: string): void;
  /** Runs a program as the account of the server, in its directory. Throws with its last words when it fails. */
  run(program: string, args: readonly string[], stdin?: string): Promise<void>;
  freePort(): Promise<number>;
}

export interface ProcessSpec {
  readonly program: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export interface ProcessFacts {
  /** Names of programs that must be there; of each, the first that is found. The first is the server. */
  readonly programs: Readonly<Record<string, readonly string[]>>;
  /** Directories besides those of the PATH, the likeliest first. */
  directories?(version: string | undefined, env: CommandEnv): readonly string[];
  /** What to install, for whoever lacks it. */
  readonly packages: string;
  /** Asks the program for its version; the first number with a dot in the answer is taken. */
  readonly versionArgs: readonly string[];
  /** Accounts it may run as when the worker is root. */
  readonly accounts: readonly string[];
  readonly stopSignals: readonly NodeJS.Signals[];
  prepare(place: ProcessPlace): Promise<ProcessSpec>;
  /** What can only be done to a server that runs. */
  afterStart?(address: Address, login: Login): Promise<void>;
}

/** Undefined when it is ready, else why not yet. */
export type ReadyAnswer = string | undefined;

export interface ServiceFacts {
  readonly name: ServiceName;
  /** As people write it. */
  readonly title: string;
  /** The repository of its image, and the tag taken without a `version`. */
  readonly image: string;
  readonly tag: string;
  /** Where it listens in its container. */
  readonly containerPort: number;
  /** For those on the build's network, where that is not the same. */
  readonly insidePort?: number;
  readonly defaults: { readonly user?: string; readonly database?: string };
  /** The parameter that holds its password, if it has one. */
  readonly secret?: 'password' | 'token';
  url(address: Address, login: Login): string;
  /** What steps are told besides the common names. */
  more?(login: Login): Readonly<Record<string, string>>;
  /** `inside`: its address on the build's network, if there is one. */
  container(server: {
    readonly login: Login;
    readonly args: readonly string[];
    readonly outside: Address;
    readonly inside: Address | undefined;
  }): ContainerSpec;
  readonly process: ProcessFacts;
  ready(address: Address, login: Login): Promise<ReadyAnswer>;
}

/** `user:password@`, as it stands in a URL. */
export function userInfo({ user, password }: Login): string {
  const parts = [user ?? '', password ?? ''].map(encodeURIComponent);
  return parts[0] === '' && parts[1] === '' ? '' : `${parts.join(':')}@`;
}

export const hostPort = ({ host, port }: Address): string => `${host}:${port}`;
