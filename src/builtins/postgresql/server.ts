/** One PostgreSQL service, as its three commands find it again: they share nothing but their parameters and the build's directory. */
import { createHash } from 'node:crypto';
import { CodedError } from '../../lib/coded-error.ts';
import { type CommandEnv, param } from '../builtin-command.ts';

export interface PostgresqlServer {
  readonly version: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  /** Name of the container. */
  readonly container: string;
  /** Directory of a server that runs as a process. Outside `WORKDIR`: the account it runs as may not be able to go there. */
  readonly directory: string;
  readonly workdir: string;
}

export function readServer(env: CommandEnv): PostgresqlServer {
  const port = Number(param(env, 'port') ?? '5432');
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new CodedError(
      'bad_parameter',
      `"port" is a number from 1 to 65535, not ${JSON.stringify(param(env, 'port'))}.`,
    );
  }
  const version = param(env, 'version') ?? '17';
  if (!/^[A-Za-z0-9_][A-Za-z0-9_.-]*$/.test(version)) {
    throw new CodedError(
      'bad_parameter',
      `"version" is a tag of the image, such as "17", not ${JSON.stringify(version)}.`,
    );
  }
  const workdir = env.WORKDIR || process.cwd();
  const id = createHash('sha256').update(`${workdir}\0${port}`).digest('hex').slice(0, 16);
  return {
    version,
    port,
    user: param(env, 'user') ?? 'postgres',
    password: param(env, 'password') ?? 'postgres',
    database: param(env, 'database') ?? 'postgres',
    container: `pikoci-postgresql-${id}`,
    directory: `/tmp/pikoci-postgresql-${id}`,
    workdir,
  };
}
