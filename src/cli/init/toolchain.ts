/** What the files of a repository say about how it is built and tested. */

/** What `init` saw of a directory: names in it, and the texts of those that say more. */
export interface Repository {
  /** Names of files and directories at its top. */
  readonly names: ReadonlySet<string>;
  readonly read: (name: string) => Promise<string | undefined>;
}

export interface Command {
  readonly name: string;
  readonly cmd: string;
}

export interface Toolchain {
  /** As a person calls it: `Node.js with npm`. */
  readonly title: string;
  /** The file it was known by. */
  readonly because: string;
  /** A container that has all it needs. */
  readonly image: string;
  /** Run in this order, each a task. */
  readonly commands: readonly Command[];
  /** What is fetched each time, and where the tool can be told to keep it within the build's directory. */
  readonly cache?:
    | {
        readonly lockFile: string;
        readonly path: string;
        readonly env: Readonly<Record<string, string>>;
      }
    | undefined;
  /** Where its reports of tests are, when it writes some by itself. */
  readonly junit?: string | undefined;
}

type Detect = (repository: Repository) => Promise<Toolchain | undefined>;

/** The first that fits: a Makefile says what to do by itself, so it is asked last. */
export async function findToolchain(repository: Repository): Promise<Toolchain | undefined> {
  for (const detect of DETECTORS) {
    const found = await detect(repository);
    if (found !== undefined) return found;
  }
  return undefined;
}

const node: Detect = async ({ names, read }) => {
  if (!names.has('package.json')) return undefined;
  const scripts = scriptsOf(await read('package.json'));
  const manager = NODE_MANAGERS.find(({ lockFile }) => names.has(lockFile)) ?? NPM;
  const wanted = ['lint', 'build', 'test'].filter((name) => scripts.has(name));
  return {
    title: `Node.js with ${manager.name}`,
    because: 'package.json',
    image: manager.image,
    commands: [
      { name: 'install', cmd: names.has(manager.lockFile) ? manager.install : manager.installWithoutLock },
      ...wanted.map((name) => ({ name, cmd: `${manager.run} ${name}` })),
    ],
    cache:
      manager.cache !== undefined && names.has(manager.lockFile)
        ? { lockFile: manager.lockFile, ...manager.cache }
        : undefined,
  };
};

interface NodeManager {
  readonly name: string;
  readonly lockFile: string;
  readonly image: string;
  readonly install: string;
  readonly installWithoutLock: string;
  readonly run: string;
  readonly cache?: Omit<NonNullable<Toolchain['cache']>, 'lockFile'>;
}

const NPM: NodeManager = {
  name: 'npm',
  lockFile: 'package-lock.json',
  image: 'node:24',
  install: 'npm ci',
  installWithoutLock: 'npm install',
  run: 'npm run',
  cache: { path: '.npm', env: { npm_config_cache: '.npm' } },
};
const NODE_MANAGERS: readonly NodeManager[] = [
  NPM,
  {
    name: 'pnpm',
    lockFile: 'pnpm-lock.yaml',
    image: 'node:24',
    install: 'corepack enable && pnpm install --frozen-lockfile',
    installWithoutLock: 'corepack enable && pnpm install',
    run: 'pnpm run',
  },
  {
    name: 'Yarn',
    lockFile: 'yarn.lock',
    image: 'node:24',
    install: 'corepack enable && yarn install --immutable',
    installWithoutLock: 'corepack enable && yarn install',
    run: 'yarn run',
  },
  {
    name: 'Bun',
    lockFile: 'bun.lock',
    image: 'oven/bun:1',
    install: 'bun install --frozen-lockfile',
    installWithoutLock: 'bun install',
    run: 'bun run',
  },
];

/** npm writes a script of this kind into each new package; it only fails. */
const NO_TEST = /no test specified/;

function scriptsOf(text: string | undefined): ReadonlySet<string> {
  try {
    const { scripts } = JSON.parse(text ?? '') as { scripts?: unknown };
    if (typeof scripts !== 'object' || scripts === null) return new Set();
    const all = Object.entries(scripts).filter(([, script]) => typeof script === 'string' && !NO_TEST.test(script));
    return new Set(all.map(([name]) => name));
  } catch {
    return new Set();
  }
}

const go = byFile('go.mod', {
  title: 'Go',
  image: 'golang:1',
  commands: [
    { name: 'vet', cmd: 'go vet ./...' },
    { name: 'build', cmd: 'go build ./...' },
    { name: 'test', cmd: 'go test ./...' },
  ],
  cache: { lockFile: 'go.sum', path: '.go', env: { GOMODCACHE: '$PWD/.go' } },
});

const rust = byFile('Cargo.toml', {
  title: 'Rust',
  image: 'rust:1',
  commands: [
    { name: 'build', cmd: 'cargo build --all-targets' },
    { name: 'test', cmd: 'cargo test' },
  ],
  cache: { lockFile: 'Cargo.lock', path: '.cargo-home', env: { CARGO_HOME: '.cargo-home' } },
});

const python: Detect = async ({ names }) => {
  const because = ['pyproject.toml', 'requirements.txt', 'setup.py'].find((name) => names.has(name));
  if (because === undefined) return undefined;
  const install =
    because === 'requirements.txt' ? '.venv/bin/pip install -r requirements.txt' : '.venv/bin/pip install -e .';
  return {
    title: 'Python',
    because,
    image: 'python:3',
    commands: [
      { name: 'install', cmd: `python3 -m venv .venv && ${install} pytest` },
      { name: 'test', cmd: '.venv/bin/pytest --junitxml=results.xml' },
    ],
    cache: names.has('requirements.txt')
      ? { lockFile: 'requirements.txt', path: '.pip', env: { PIP_CACHE_DIR: '.pip' } }
      : undefined,
    junit: 'results.xml',
  };
};

const maven: Detect = async ({ names }) => {
  if (!names.has('pom.xml')) return undefined;
  const mvn = names.has('mvnw') ? './mvnw' : 'mvn';
  return {
    title: 'Java with Maven',
    because: 'pom.xml',
    image: 'maven:3-eclipse-temurin-21',
    commands: [{ name: 'verify', cmd: `${mvn} --batch-mode -Dmaven.repo.local=.m2 verify` }],
    cache: { lockFile: 'pom.xml', path: '.m2', env: {} },
    junit: '**/target/surefire-reports/*.xml',
  };
};

const gradle: Detect = async ({ names }) => {
  const because = ['build.gradle.kts', 'build.gradle'].find((name) => names.has(name));
  if (because === undefined) return undefined;
  return {
    title: 'Java with Gradle',
    because,
    image: 'gradle:8-jdk21',
    commands: [{ name: 'build', cmd: `${names.has('gradlew') ? './gradlew' : 'gradle'} build` }],
    junit: '**/build/test-results/test/*.xml',
  };
};

const ruby = byFile('Gemfile', {
  title: 'Ruby',
  image: 'ruby:3',
  commands: [
    { name: 'install', cmd: 'bundle install' },
    { name: 'test', cmd: 'bundle exec rake' },
  ],
  cache: { lockFile: 'Gemfile.lock', path: '.bundle-path', env: { BUNDLE_PATH: '.bundle-path' } },
});

const php = byFile('composer.json', {
  title: 'PHP',
  image: 'composer:2',
  commands: [
    { name: 'install', cmd: 'composer install --no-interaction' },
    { name: 'test', cmd: 'vendor/bin/phpunit --log-junit results.xml' },
  ],
  junit: 'results.xml',
});

const make: Detect = async ({ names, read }) => {
  const because = ['Makefile', 'makefile', 'GNUmakefile'].find((name) => names.has(name));
  if (because === undefined) return undefined;
  const targets = new Set(
    [...((await read(because)) ?? '').matchAll(/^([A-Za-z][\w-]*)\s*:(?!=)/gm)].map(([, name]) => name),
  );
  const wanted = ['lint', 'build', 'test', 'check'].filter((name) => targets.has(name));
  return {
    title: 'make',
    because,
    image: 'buildpack-deps:stable',
    commands:
      wanted.length === 0 ? [{ name: 'make', cmd: 'make' }] : wanted.map((name) => ({ name, cmd: `make ${name}` })),
  };
};

function byFile(because: string, found: Omit<Toolchain, 'because'>): Detect {
  return async ({ names }) => {
    if (!names.has(because)) return undefined;
    const cache = found.cache !== undefined && names.has(found.cache.lockFile) ? found.cache : undefined;
    return { ...found, because, cache };
  };
}

const DETECTORS: readonly Detect[] = [node, go, rust, python, maven, gradle, ruby, php, make];
