/** A first pipeline, with words beside everything that is in it. */
import type { Command, Toolchain } from './toolchain.ts';

export interface FirstPipeline {
  /** `my-app`; names the repository in it. */
  readonly name: string;
  /** Where it is cloned from; absent: nothing is watched, and jobs are started by hand. */
  readonly url: string | undefined;
  readonly branch: string | undefined;
  readonly toolchain: Toolchain | undefined;
  readonly runner: 'shell' | 'docker';
  /** There is a Dockerfile at the top. */
  readonly dockerfile: boolean;
  readonly file: string;
}

export function writePipeline(first: FirstPipeline): string {
  const { toolchain, dockerfile, url } = first;
  const parts = [
    header(first),
    ...(url === undefined ? [] : [repository(first, url)]),
    testJob(first, toolchain),
    ...(dockerfile ? [imageJob(first)] : []),
  ];
  return `${parts.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

function header({ file, name, url, toolchain }: FirstPipeline): string[] {
  const here = url === undefined ? '' : ` --resource git.${name}=.`;
  const commands = [
    [`pikoci validate ${file}`, ''],
    [`pikoci run --pipeline-config ${file} --job test${here}`, 'on this machine, with what lies here'],
    [`pikoci server --pipeline-config ${file}`, 'a whole CI system'],
  ] as const;
  const width = Math.max(...commands.map(([command]) => command.length));
  return [
    `# What pikoci does for ${name}${toolchain === undefined ? '' : `: ${toolchain.title}, by ${toolchain.because}`}.`,
    '#',
    ...commands.map(([command, about]) => `#   ${command.padEnd(width)}   ${about}`.trimEnd()),
  ];
}

function repository({ name, branch }: FirstPipeline, url: string): string[] {
  return [
    '# Each new commit is a version of this. "." puts the repository where the commands of a build start.',
    `resource "git" ${quoted(name)} {`,
    '  params {',
    ...aligned('    ', [
      ['url', quoted(url)],
      ...(branch === undefined ? [] : [['branch', quoted(branch)] as const]),
      ['name', '"."'],
    ]),
    '  }',
    '  check_interval = "@every 1m"',
    '}',
  ];
}

function testJob(first: FirstPipeline, toolchain: Toolchain | undefined): string[] {
  const commands = toolchain?.commands ?? [{ name: 'hello', cmd: 'echo "say here what shall be done"; ls' }];
  const tasks = commands.map((command, at) => task(command, first, toolchain, at === 0, at === commands.length - 1));
  return [
    'job "test" {',
    ...(first.url === undefined ? [] : [`  get "git" ${quoted(first.name)} { trigger = true }`, '']),
    ...tasks.flatMap((lines, at) => (at === 0 ? lines : ['', ...lines])),
    '}',
  ];
}

function task(
  { name, cmd }: Command,
  { runner }: FirstPipeline,
  toolchain: Toolchain | undefined,
  isFirst: boolean,
  isLast: boolean,
): string[] {
  const cache = toolchain?.cache;
  const env = Object.entries(cache?.env ?? {});
  // A value that needs the build's directory is set where there is a shell.
  const [inShell, plain] = [
    env.filter(([, value]) => value.includes('$')),
    env.filter(([, value]) => !value.includes('$')),
  ];
  const script = [...inShell.map(([key, value]) => `export ${key}="${value}"`), cmd].join('; ');
  return [
    `  task ${quoted(name)} {`,
    ...(runner === 'docker' && toolchain !== undefined
      ? [
          '    run "docker" {',
          ...aligned('      ', [
            ['image', quoted(toolchain.image)],
            ['cmd', quoted(script)],
          ]),
          '    }',
        ]
      : [`    run "shell" { cmd = ${quoted(script)} }`]),
    ...(plain.length === 0
      ? []
      : [`    env = { ${plain.map(([key, value]) => `${key} = ${quoted(value)}`).join(', ')} }`]),
    ...(isFirst && cache !== undefined ? cacheLines(cache) : []),
    ...(isLast && toolchain?.junit !== undefined
      ? [
          '    # What the tests said is shown on the page of the build.',
          '    reports {',
          `      junit = [${quoted(toolchain.junit)}]`,
          '    }',
        ]
      : []),
    '  }',
  ];
}

function cacheLines({ lockFile, path }: NonNullable<Toolchain['cache']>): string[] {
  return [
    `    # Kept from build to build, until ${lockFile} is another one.`,
    '    cache {',
    ...aligned('      ', [
      ['key', `"packages-\${hashfiles(${quoted(lockFile)})}"`],
      ['paths', `[${quoted(path)}]`],
      ['restore_keys', '["packages-"]'],
    ]),
    '    }',
  ];
}

function imageJob({ name, url }: FirstPipeline): string[] {
  const get =
    url === undefined
      ? []
      : [
          `  get "git" ${quoted(name)} {`,
          ...aligned('    ', [
            ['trigger', 'true'],
            ['passed', '["test"]'],
          ]),
          '  }',
          '',
        ];
  return [
    '# The image that the Dockerfile describes; push = true sends it to the registry that its name begins with.',
    'job "image" {',
    ...get,
    '  task "build" {',
    '    run "buildah" {',
    ...aligned('      ', [
      ['tag', quoted(`${name.toLowerCase()}:latest`)],
      ['context', '"."'],
      ['remove', 'true'],
    ]),
    '    }',
    '  }',
    '}',
  ];
}

function aligned(indent: string, entries: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...entries.map(([name]) => name.length));
  return entries.map(([name, value]) => `${indent}${name.padEnd(width)} = ${value}`);
}

/** A text in HCL: `$${` and `%%{` are what they say there, and of JSON's escapes it has no `\\b` and `\\f`. */
function quoted(text: string): string {
  return JSON.stringify(text.replaceAll(/[\b\f]/g, ' ')).replaceAll(/([$%])\{/g, '$1$1{');
}
