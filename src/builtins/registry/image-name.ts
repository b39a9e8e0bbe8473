/** `alpine`, `ghcr.io/org/app`, `localhost:5000/app`: where a repository of images is. */
import { CodedError } from '../../lib/coded-error.ts';
import { type CommandEnv, flagParam, param } from '../builtin-command.ts';

export interface ImageName {
  /** Where its API is, without a slash at the end. */
  readonly origin: string;
  /** The repository there: `library/alpine`. */
  readonly path: string;
  /** As people write it, without a tag. */
  readonly shown: string;
}

const PART = /^[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*$/;
export const TAG = /^\w[\w.-]{0,127}$/;

/** Throws `parameter_missing`, `bad_parameter`. */
export function imageName(env: CommandEnv): ImageName {
  const given = param(env, 'repository');
  if (given === undefined) {
    throw new CodedError(
      'parameter_missing',
      'The registry-image resource needs the parameter "repository": "ghcr.io/org/app".',
    );
  }
  const text = given.replace(/^(https?|docker):\/\//, '').replace(/\/+$/, '');
  const [first = '', ...rest] = text.split('/');
  const hasHost = rest.length > 0 && (/[.:]/.test(first) || first === 'localhost');
  const isHub = !hasHost || first === 'docker.io' || first === 'index.docker.io';
  const parts = hasHost ? rest : [first, ...rest];
  const wrong = (why: string, hint: string) =>
    new CodedError('bad_parameter', `"repository" is ${JSON.stringify(given)}: ${why}.`, { hint });
  const last = parts.at(-1) ?? '';
  if (/[:@]/.test(last)) throw wrong('it has a tag or a digest', 'The tag is a parameter of its own: tag = "1.2".');
  if (parts.some((part) => !PART.test(part))) {
    throw wrong('that is no name of a repository', 'It is written in small letters: "ghcr.io/org/app".');
  }
  if (isHub) {
    const path = parts.length === 1 ? `library/${parts[0]}` : parts.join('/');
    return { origin: 'https://registry-1.docker.io', path, shown: parts.join('/') };
  }
  if (!URL.canParse(`https://${first}`)) throw wrong('that is no name of a host', 'Write it like "ghcr.io/org/app".');
  const isLocal = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/.test(first);
  const scheme = flagParam(env, 'insecure') || isLocal ? 'http' : 'https';
  return { origin: `${scheme}://${first}`, path: parts.join('/'), shown: `${first}/${parts.join('/')}` };
}
