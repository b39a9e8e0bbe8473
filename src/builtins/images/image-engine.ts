/** The two programs that build what a Dockerfile describes: what each is told, in its own words. */
import { createHash } from 'node:crypto';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { CodedError } from '../../lib/coded-error.ts';
import type { CommandEnv } from '../builtin-command.ts';

/** What is to be built. */
export interface ImageBuild {
  readonly tags: readonly string[];
  /** Names of `ARG`s: their values are in the environment. */
  readonly buildArgs: readonly string[];
  readonly dockerfile: string | undefined;
  readonly target: string | undefined;
  readonly context: string;
  readonly isolation: string;
  /** Layers are taken from the builds before, and kept for those after it. */
  readonly layers: boolean;
  /** Registries without TLS that others would trust. */
  readonly insecure: boolean;
  /** Gets the id of the image. */
  readonly idFile: string;
  readonly args: readonly string[];
}

export interface ImageEngine {
  readonly program: 'buildah' | 'docker';
  build(image: ImageBuild): readonly string[];
  push(name: string, image: Pick<ImageBuild, 'insecure'>, digestFile: string): readonly string[];
  /** Where `push` does not write the digest itself: prints `name@sha256:…`. */
  digest?(name: string): readonly string[];
  remove(id: string): readonly string[];
  /** Where removing an image takes its layers along: the name under which the newest one stays for the sake of them. */
  readonly keptAs?: (tags: readonly string[]) => string;
}

const option = (flag: string, value: string | undefined): string[] => (value === undefined ? [] : [flag, value]);

const common = (image: ImageBuild): string[] => [
  // Without a value it is taken from the environment.
  ...image.buildArgs.flatMap((name) => ['--build-arg', name]),
  ...option('--file', image.dockerfile),
  ...option('--target', image.target),
  ...['--iidfile', image.idFile],
  ...image.args,
  ...['--', image.context],
];

const tls = (insecure: boolean): string[] => (insecure ? ['--tls-verify=false'] : []);

const buildah: ImageEngine = {
  program: 'buildah',
  build: (image) => [
    ...['bud', '--log-level', 'info', ...image.tags.flatMap((tag) => ['-t', tag])],
    ...[`--isolation=${image.isolation}`, `--layers=${image.layers}`, ...tls(image.insecure)],
    ...common(image),
  ],
  push: (name, { insecure }, digestFile) => ['push', ...tls(insecure), '--digestfile', digestFile, '--', name],
  remove: (id) => ['rmi', '--force', '--', id],
  keptAs: (tags) => `localhost/pikoci-layers:${createHash('sha256').update(tags.join(' ')).digest('hex').slice(0, 32)}`,
};

const docker: ImageEngine = {
  program: 'docker',
  build: (image) => [
    ...['build', ...image.tags.flatMap((tag) => ['-t', tag])],
    ...(image.layers ? [] : ['--no-cache']),
    ...common(image),
  ],
  push: (name) => ['push', '--', name],
  digest: (name) => ['image', 'inspect', '--format', '{{index .RepoDigests 0}}', '--', name],
  remove: (id) => ['image', 'rm', '--force', '--', id],
};

/** `any`: docker where buildah is not installed. Throws `bad_parameter`, and `program_missing` where neither is. */
export function chooseEngine(wanted: string | undefined, env: CommandEnv): ImageEngine {
  switch (wanted ?? 'buildah') {
    case 'buildah':
      return buildah;
    case 'docker':
      return docker;
    case 'any': {
      const found = [buildah, docker].find(({ program }) => isInstalled(program, env));
      if (found !== undefined) return found;
      throw new CodedError('program_missing', 'Neither buildah nor docker is installed on this worker.', {
        hint: 'Install one of them, or see that the PATH of the worker leads to it.',
      });
    }
    default:
      throw new CodedError('bad_parameter', `the "engine" of the runner buildah is ${JSON.stringify(wanted)}`, {
        hint: 'It is "buildah", "docker", or "any".',
      });
  }
}

function isInstalled(program: string, { PATH = '' }: CommandEnv): boolean {
  return PATH.split(delimiter).some((directory) => {
    try {
      accessSync(join(directory, program), constants.X_OK);
      return directory !== '';
    } catch {
      return false;
    }
  });
}
