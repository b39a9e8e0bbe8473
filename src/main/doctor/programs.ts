/** Programs that builds use, and whether they work for this account. */
import { runProgram } from '../../builtins/run-program.ts';
import { CodedError } from '../../lib/coded-error.ts';
import { type Finding, good, type Look, note } from './finding.ts';

type Environment = Readonly<Record<string, string | undefined>>;

interface Program {
  readonly name: string;
  /** Prints its version, and for one with a daemon that of the daemon. */
  readonly args: readonly string[];
  readonly usedFor: string;
  /** When it is there and does not work. */
  readonly hint?: string;
}

const PROGRAMS: readonly Program[] = [
  {
    name: 'git',
    args: ['--version'],
    usedFor: 'resources of type git, and builds of repositories',
  },
  {
    name: 'docker',
    args: ['version', '--format', '{{.Server.Version}}'],
    usedFor: 'the runner docker, and services in containers',
    hint: 'is its daemon started (systemctl start docker), and is this account in the group docker, or DOCKER_HOST set?',
  },
  { name: 'podman', args: ['version', '--format', '{{.Client.Version}}'], usedFor: 'the runner podman' },
  { name: 'buildah', args: ['--version'], usedFor: 'the runner buildah, and Dockerfiles of repositories' },
  { name: 'ssh', args: ['-V'], usedFor: 'the runner ssh, and git over ssh' },
  {
    name: 'kubectl',
    args: ['version', '--output', 'yaml'],
    usedFor: 'the runner kubernetes',
    hint: 'does KUBECONFIG name a cluster that answers?',
  },
];

export function lookAtPrograms(env: Environment): readonly (readonly [string, Look])[] {
  return PROGRAMS.map((program) => [program.name, () => lookAtProgram(program, env)] as const);
}

export async function lookAtProgram(
  { name, args, usedFor, hint }: Program,
  env: Environment,
): Promise<Omit<Finding, 'about'>> {
  try {
    const { exitCode, stdout, stderr } = await runProgram(name, args, { env });
    const said = lastLine(stderr);
    if (exitCode === 0) return good(versionIn(stdout) ?? versionIn(stderr) ?? 'works');
    return note(`is installed, and does not work: ${said === '' ? `it ended with ${exitCode}` : said}`, hint);
  } catch (error) {
    if (error instanceof CodedError && error.code === 'program_missing') {
      return note(`not installed; it is for ${usedFor}`);
    }
    throw error;
  }
}

const versionIn = (text: string): string | undefined => /\d+\.\d[\w.+~-]*/.exec(text)?.[0];
const lastLine = (text: string): string => text.trim().split('\n').at(-1) ?? '';
