/** Caches: there a step of its own, here a part of the task that uses it. */
import { Block } from '../hcl-block.ts';
import { Expression, type HclValue, joinTexts, quoted } from '../hcl-text.ts';
import type { Source } from '../source.ts';
import { filled, type JobPlace } from './place.ts';

interface Waiting {
  readonly cache: Block;
  readonly env: ReadonlyMap<string, string>;
  readonly source: Source;
}

/** Directories at home, and the variable that puts them into the directory of the build. */
const AT_HOME: readonly (readonly [pattern: RegExp, path: string, variable: string])[] = [
  [/^~\/\.npm$/, '.npm', 'npm_config_cache'],
  [/^~\/\.cache\/pip$/, '.pip', 'PIP_CACHE_DIR'],
  [/^~\/go\/pkg\/mod$/, '.go', 'GOMODCACHE'],
  [/^~\/\.cache\/go-build$/, '.go-build', 'GOCACHE'],
  [/^~\/\.cargo(\/.*)?$/, '.cargo-home', 'CARGO_HOME'],
  [/^~\/\.gradle(\/.*)?$/, '.gradle-home', 'GRADLE_USER_HOME'],
  [/^~\/\.cache\/yarn$/, '.yarn-cache', 'YARN_CACHE_FOLDER'],
  [/^~\/\.composer\/cache$|^~\/\.cache\/composer$/, '.composer-cache', 'COMPOSER_CACHE_DIR'],
];

interface OfTool {
  readonly lock: string;
  readonly path: string;
  readonly variable: string;
}

/** What `cache: npm` of a setup keeps. */
const OF_TOOLS: Readonly<Record<string, OfTool>> = {
  npm: { lock: '**/package-lock.json', path: '.npm', variable: 'npm_config_cache' },
  yarn: { lock: '**/yarn.lock', path: '.yarn-cache', variable: 'YARN_CACHE_FOLDER' },
  pnpm: { lock: '**/pnpm-lock.yaml', path: '.pnpm-store', variable: 'npm_config_store_dir' },
  pip: { lock: '**/requirements*.txt', path: '.pip', variable: 'PIP_CACHE_DIR' },
  gradle: { lock: '**/*.gradle*', path: '.gradle-home', variable: 'GRADLE_USER_HOME' },
  go: { lock: '**/go.sum', path: '.go', variable: 'GOMODCACHE' },
};

export class Caches {
  readonly #place: JobPlace;
  #waiting: Waiting[] = [];
  readonly #env = new Map<string, string>();

  constructor(place: JobPlace) {
    this.#place = place;
  }

  /** `actions/cache`. */
  add(step: Source, out: Block): void {
    const { conversion } = this.#place.workflow;
    const given = step.get('with');
    const cache = new Block('cache');
    const env = new Map<string, string>();
    const paths: HclValue[] = [];
    const key = filled(given?.get('key'), this.#place, out, { open: true });
    const source = given?.get('path');
    for (const path of linesOf(source)) {
      const home = AT_HOME.find(([pattern]) => pattern.test(path));
      if (home !== undefined) {
        if (!paths.includes(home[1])) paths.push(home[1]);
        env.set(home[2], home[1]);
      } else if (/^[~/]|\$\{\{/.test(path)) {
        if (source !== undefined)
          conversion.lost(
            out,
            source,
            `${path}: a cache has paths in the directory of the build`,
            'tell the tool to keep its things there',
          );
      } else paths.push(path);
    }
    if (source !== undefined) source.isRead = true;
    if (paths.length === 0) return;
    cache.set('key', key).set('paths', paths);
    cache.set(
      'restore_keys',
      linesOf(given?.get('restore-keys')).map((one) => this.#fill(one, given?.entries.get('restore-keys'), out)),
    );
    given?.get('restore-keys')?.text();
    if (given !== undefined) conversion.leftovers(out, given);
    this.#waiting.push({ cache, env, source: step });
  }

  /** `cache: npm` of a setup. False: pikoci does not know that tool. */
  addOfTool(tool: string, step: Source, lockFiles: readonly string[]): boolean {
    const known = OF_TOOLS[tool];
    if (known === undefined) return false;
    const locks = lockFiles.length > 0 ? lockFiles : [known.lock];
    const cache = new Block('cache');
    cache
      .set('key', joinTexts(`${tool}-`, hashOf(locks)))
      .set('paths', [known.path])
      .set('restore_keys', [`${tool}-`]);
    this.#waiting.push({ cache, env: new Map([[known.variable, known.path]]), source: step });
    return true;
  }

  /** The next task has those that wait, and every later one knows where they are. */
  into(block: Block): void {
    for (const { cache, env } of this.#waiting) {
      block.add(cache);
      for (const [name, path] of env) this.#env.set(name, path);
    }
    this.#waiting = [];
    if (this.#env.size === 0) return;
    const env = block.valueOf('env');
    const own = env instanceof Map ? (env as Map<string, HclValue>) : new Map<string, HclValue>();
    const run = [...block.blocks()].find(({ type }) => type === 'run');
    // Where the directory is, a shell knows.
    const workdir = run?.labels[0] === 'docker' ? '/workdir' : undefined;
    for (const [name, path] of this.#env)
      if (!own.has(name)) own.set(name, workdir === undefined ? path : `${workdir}/${path}`);
    if (!(env instanceof Map)) block.set('env', own);
  }

  /** What no task came after. */
  rest(body: Block): void {
    for (const { source } of this.#waiting) {
      this.#place.workflow.conversion.differs(body, source, 'no command comes after it that could use the cache');
    }
  }

  #fill(text: string, source: Source | undefined, out: Block): HclValue {
    const place = this.#place;
    return source === undefined ? text : filledText(text, source, place, out);
  }
}

function filledText(text: string, source: Source, place: JobPlace, out: Block): HclValue {
  const line = Object.assign(Object.create(Object.getPrototypeOf(source)) as Source, source, {
    scalar: text,
    written: text,
    kind: 'scalar',
  });
  return filled(line, place, out, { open: true });
}

const linesOf = (source: Source | undefined): string[] =>
  (source?.kind === 'list' ? source.texts() : String(source?.scalar ?? '').split('\n'))
    .map((line) => line.trim())
    .filter((line) => line !== '');

const hashOf = (locks: readonly string[]): Expression => new Expression(`hashfiles(${locks.map(quoted).join(', ')})`);
